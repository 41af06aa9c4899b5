"""The container image as it is meant to run; `make test-image` runs these tests, as root."""

"""The website that `make docs` builds, read in a browser: `make test-docs`."""

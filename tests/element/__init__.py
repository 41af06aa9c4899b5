"""The bot as people with Element see it; `make test-element` runs these tests."""

"""The chat in Firefox (`make test-firefox`), which WebDriver BiDi drives without a driver."""

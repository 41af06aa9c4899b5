"""The chat in WebKit (`make test-webkit`), as Debian builds it for GTK, which WebDriver drives."""

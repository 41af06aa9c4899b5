"""The bot beside a certified OpenID provider; see `make test-oidc`."""

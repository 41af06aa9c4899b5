"""Signing in to the pages at the organisation, with OpenID Connect."""

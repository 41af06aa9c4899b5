"""Signing in: the ways to do it, the cookies that remember it, and signing out."""

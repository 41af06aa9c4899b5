"""Tests of the Bot API test server itself."""

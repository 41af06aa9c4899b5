"""A chat in a browser: a page of ours, without an account and without a platform in between."""

NAME = "web"

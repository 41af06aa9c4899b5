"""Matrix as a channel, encrypted rooms included, over matrix-nio's client."""

NAME = "matrix"

"""The terminal as a channel: one person on standard input and output."""

NAME = "terminal"

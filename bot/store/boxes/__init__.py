"""Queries about what came in and is not handled yet, and what was decided and is not sent yet."""

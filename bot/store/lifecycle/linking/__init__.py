"""Linking: requests, two members who become one, and the week to undo it."""

"""Tests without a server or a process."""

"""Locks that outlast a transaction: of a channel, of a file, and of a row that is being sent."""

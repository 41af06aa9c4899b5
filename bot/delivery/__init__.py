"""The way out: who is due, what they get, and that it arrives once."""

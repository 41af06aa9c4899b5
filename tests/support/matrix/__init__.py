"""A real homeserver, and the people on it."""

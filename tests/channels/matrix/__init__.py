"""Matrix, on a real homeserver."""

"""The chat in a browser: its messages, and the browsers that may read it."""

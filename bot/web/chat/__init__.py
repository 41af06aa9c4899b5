"""The chat in a browser: the same conversation as on any other channel, as a page of ours."""

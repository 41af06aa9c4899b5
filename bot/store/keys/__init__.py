"""The key store: a database of its own with the keys of members and of the data, all wrapped."""

"""The browsers of a chat: beginning in one, coming back in another, and the lock."""

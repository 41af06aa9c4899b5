"""What waits for chats that only a browser shows, and telling it that there is something."""

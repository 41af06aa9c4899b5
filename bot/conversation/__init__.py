"""What the bot says and does, the same on every channel."""

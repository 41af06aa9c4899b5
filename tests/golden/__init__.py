"""Every dialogue with the bot, played before the Bot API server: for the docs, and as a test."""

"""Telegram, with its real client on a Bot API of our own."""

"""A server on loopback that speaks the Telegram Bot API, and the people behind it."""

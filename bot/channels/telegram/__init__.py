"""Telegram as a channel, over python-telegram-bot's client."""

NAME = "telegram"

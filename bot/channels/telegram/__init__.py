"""Telegram as a channel, over python-telegram-bot's client."""

NAME = "telegram"
# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
FREE_PER_SECOND = 30
"""Messages a second over all chats; above it each is a paid broadcast, which a call asks for."""

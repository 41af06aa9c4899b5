"""Telegram, by long polling: its updates become `Incoming`, `Outgoing` becomes its calls."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

# Durations come as timedelta; without this python-telegram-bot warns at each use of one.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update  # noqa: E402
from telegram.error import (  # noqa: E402
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.ext import AIORateLimiter, ExtBot  # noqa: E402
from telegram.request import HTTPXRequest  # noqa: E402

from bot.channels.channel import BadToken, Hear, NotNow, SendError, Unreachable  # noqa: E402
from bot.channels.telegram_text import CAPTION_UNITS, TEXT_UNITS, split, units  # noqa: E402
from bot.talk.messages import (  # noqa: E402
    Address,
    Clock,
    Content,
    Edited,
    Incoming,
    Left,
    Outgoing,
    Pressed,
    Rows,
    Typed,
    Unreadable,
)

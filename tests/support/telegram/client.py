"""The real client before the test server, and how to ask it things."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.error import (
    TelegramError,
)
from telegram.request import HTTPXRequest

from tests.support.telegram.bot_api import BotApiServer

SANNE = 7
EMOJI = "🌱"
Asking = Callable[[Bot], Coroutine[Any, Any, object]]


def keyboard(*labels: str, data: str = "data") -> InlineKeyboardMarkup:
    """One row of buttons, each with `data`."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data)] for label in labels]
    )


def client(server: BotApiServer, token: str | None = None) -> Bot:
    """The real client, as far as possible as the bot makes it."""
    return Bot(
        token or server.token,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=HTTPXRequest(read_timeout=1),
        get_updates_request=HTTPXRequest(read_timeout=2),
    )


async def refusal(kind: type[TelegramError], asking: Coroutine[Any, Any, object]) -> str:
    """The words of the refusal, which has to be of this very kind."""
    with pytest.raises(kind) as caught:
        await asking
    assert type(caught.value) is kind
    return caught.value.message


async def polled(bot: Bot, **how: Any) -> list[Update]:  # noqa: ANN401 - what getUpdates takes
    """The updates that wait for the bot."""
    return list(await bot.get_updates(**how))

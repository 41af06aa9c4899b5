"""What the tests of Telegram share."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from tests.channels.telegram.updates import TOKEN
from tests.support.fakes import FixedClock
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.pace import UNLIMITED


@pytest.fixture
async def telegram(server: BotApiServer, clock: FixedClock) -> AsyncIterator[Telegram]:
    """The channel, without limits."""
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
    yield channel
    await channel.close()

"""A started server with one person, and a client before it."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
)

from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.client import SANNE, client


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have durations as timedelta; without this the client warns at each use of one."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """A started server where Sanne has a chat."""
    async with BotApiServer(token="123:abc") as server:
        server.person(user_id=SANNE, first_name="Sanne", language_code="nl")
        yield server


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    """A client that has introduced itself."""
    async with client(server) as bot:
        yield bot

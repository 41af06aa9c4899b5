"""What the tests of channels share."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import House, build, prepare
from bot.channels.telegram.channel import Telegram
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.channels.test_telegram_updates import TOKEN, listening
from tests.support.matrix.people import PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import OnMatrix
from tests.support.story import StillClock
from tests.support.telegram.bot_api import BotApiServer


@pytest.fixture
async def on_matrix(
    synapse: Synapse, tmp_path: Path, database: Database, vault: Vault, clock: StillClock
) -> OnMatrix:
    """A bot of its own for each test."""
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    return OnMatrix(synapse, bot, tmp_path, database, vault, clock)


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """The Bot API, without limits on how fast."""
    async with BotApiServer(TOKEN) as started:
        yield started


@pytest.fixture
async def house(
    server: BotApiServer, database: Database, vault: Vault, clock: StillClock
) -> AsyncIterator[House]:
    """A house that listens to Telegram."""
    channel = Telegram(TOKEN, server.url, clock)
    await prepare(database, vault, clock())
    built = build(database, vault, [channel], clock, "nl", "Europe/Amsterdam")
    async with listening(channel, built.conversation.hear):
        yield built
    await channel.close()

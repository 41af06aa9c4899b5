"""What the tests of channels share."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Application, BuildOptions, build
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.delivery.sent_messages import StoredSentMessages
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.channels.telegram.updates import TOKEN
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.matrix.people import PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import MatrixBot
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.pace import UNLIMITED


@pytest.fixture
async def on_matrix(
    synapse: Synapse, tmp_path: Path, database: Database, vault: Vault, clock: FixedClock
) -> MatrixBot:
    """A bot of its own for each test."""
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    return MatrixBot(synapse, bot, tmp_path, database, vault, clock)


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """The Bot API, without limits on how fast."""
    async with BotApiServer(TOKEN) as started:
        yield started


@pytest.fixture
async def application(
    server: BotApiServer, database: Database, vault: Vault, clock: FixedClock
) -> AsyncIterator[Application]:
    """A house that listens to Telegram."""
    sent = StoredSentMessages(database, "telegram", clock)
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED, sent_messages=sent)
    built = build(database, vault, [channel], clock, BuildOptions(inbox_limits=NO_LIMITS))
    async with listening(built, channel):
        yield built
    await channel.close()

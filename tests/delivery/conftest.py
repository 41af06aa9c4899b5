"""What the tests of delivery share: each runs on both databases."""

import pytest

from bot.app import build
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.delivery.begun_team import begun_team
from tests.delivery.linked_chats import LinkedChats
from tests.support.databases import KINDS
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

__all__ = ["begun_team"]  # a fixture


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each in turn."""
    kind: str = request.param
    return kind


@pytest.fixture
async def chats(database: Database, vault: Vault, clock: FixedClock) -> LinkedChats:
    """Somebody who takes part on Telegram, and has said nothing on Matrix yet."""
    channels = FakeChannel(name="telegram"), FakeChannel(name="matrix")
    application = build(database, vault, channels, clock)
    telegram, matrix = (
        FakeMember(application, fake_channel, clock, f"{fake_channel.name}-7")
        for fake_channel in channels
    )
    await telegram.joins("ma-zo 9:30")
    return LinkedChats(telegram, matrix, clock)

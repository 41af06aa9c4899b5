"""What every test can ask for: a house of real rooms, with a clock that stands still."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.app import House, build, open_database, prepare
from bot.store.engine import Database
from bot.store.vault import Vault, new_secret_key
from tests.story import Paper, Someone, StillClock

# No example fails for being slow: a busy machine is not a wrong answer.
settings.register_profile("olievlek", deadline=None)
settings.load_profile("olievlek")


@pytest.fixture
def clock() -> StillClock:
    """Monday 23 November 2026, ten o'clock in Amsterdam."""
    return StillClock()


@pytest.fixture
def paper() -> Paper:
    """The channel of `house`."""
    return Paper()


@pytest.fixture
def vault() -> Vault:
    """A vault with a fresh key."""
    return Vault(new_secret_key())


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite file."""
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}") as opened:
        yield opened


@pytest.fixture
async def house(database: Database, vault: Vault, paper: Paper, clock: StillClock) -> House:
    """All rooms joined, with the sets that come along."""
    await prepare(database, vault, clock())
    return build(database, vault, [paper], clock, "nl", "Europe/Amsterdam")


@pytest.fixture
def sanne(house: House, paper: Paper, clock: StillClock) -> Someone:
    """Someone who has not joined yet."""
    return Someone(house, paper, clock, "sanne")


@pytest.fixture
async def member(sanne: Someone) -> Someone:
    """Someone who takes part on workdays at half past nine."""
    await sanne.joins()
    return sanne

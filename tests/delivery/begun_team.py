"""Fixtures: a team chat that began before the test: five people joining takes longer than most do.

A module that imports `group` imports `prepared_copy` as well, the database in which it began.
"""

import asyncio
import copy
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import Application, build
from bot.startup import open_database, unlock
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.conversation.teams import Team
from tests.delivery.team_chat import TeamChat
from tests.support.databases import SECRET_KEY, copied, new_database
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.postgresql import PostgreSQL


@dataclass(frozen=True)
class BegunTeam:
    """A team chat that began, to copy.

    Attributes:
        chat: with its people, and with the channel that holds what they were sent.
        copy: returns a copy of its database, not opened yet; a new SQLite file goes to that path.
    """

    chat: TeamChat
    copy: Callable[[Path], AbstractAsyncContextManager[Database]]

    def on(
        self, application: Application, fake_channel: FakeChannel, clock: FixedClock
    ) -> TeamChat:
        """Returns the chat as it goes on with these; `application` is on a copy of its database."""
        team = self.chat.team
        fake_channel.messages.update(copy.deepcopy(team.fake_channel.messages))
        fake_channel.keys.extend(team.fake_channel.keys)
        clock.moment = team.clock.moment
        parts = (team.application, application), (team.fake_channel, fake_channel)
        return copy.deepcopy(
            self.chat, {id(old): new for old, new in (*parts, (team.clock, clock))}
        )


async def begin(opening: AbstractAsyncContextManager[Database]) -> TeamChat:
    """Has a team chat begin in a prepared database; returns it."""
    vault, channel, clock = Vault(SECRET_KEY), FakeChannel(), FixedClock()
    async with opening as database:
        await unlock(database, vault)
        chat = TeamChat(Team(build(database, vault, [channel], clock), channel, clock))
        await chat.begins()
    return chat


@pytest.fixture(scope="session")
def begun_on_sqlite(prepared_file: Path, tmp_path_factory: pytest.TempPathFactory) -> BegunTeam:
    """One in a file."""
    file = tmp_path_factory.mktemp("team") / "test.db"
    chat = asyncio.run(begin(open_database(copied(prepared_file, file))))
    return BegunTeam(chat, lambda to: open_database(copied(file, to)))


@pytest.fixture(scope="session")
def begun_on_postgresql(postgresql: PostgreSQL, template: str) -> BegunTeam:
    """One on the server; each process of a test run has a database of its own for it."""
    name = f"team_{os.getpid()}"
    postgresql.create(name, template)
    chat = asyncio.run(begin(open_database(postgresql.url(name))))
    return BegunTeam(chat, lambda _: new_database(postgresql, name))


@pytest.fixture
def begun_team(request: pytest.FixtureRequest, database_kind: str) -> BegunTeam:
    """One on the database of this test."""
    begun: BegunTeam = request.getfixturevalue(f"begun_on_{database_kind}")
    return begun


@pytest.fixture
def prepared_copy(begun_team: BegunTeam, tmp_path: Path) -> AbstractAsyncContextManager[Database]:
    """A copy of the database in which the team began, not opened yet."""
    return begun_team.copy(tmp_path / "test.db")


@pytest.fixture
async def group(
    begun_team: BegunTeam, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> TeamChat:
    """A team of five with a group chat."""
    return begun_team.on(application, fake_channel, clock)

"""What many tests begin with, made once in each process and then copied.

To join takes three messages, which is more than most tests say themselves.
"""

import asyncio
import copy
import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import pytest

from bot.app import Application, BuildOptions, build
from bot.startup import open_database, unlock
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.databases import SECRET_KEY, copied, new_database
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.postgresql import PostgreSQL

Subject = TypeVar("Subject")
Opening: TypeAlias = AbstractAsyncContextManager[Database]


@dataclass(frozen=True)
class Stage:
    """The application, its only channel, and its clock."""

    application: Application
    fake_channel: FakeChannel
    clock: FixedClock


Begin: TypeAlias = Callable[[Stage], Awaitable[Subject]]


@dataclass(frozen=True)
class Beginning(Generic[Subject]):
    """What happened on a stage before the tests, to copy.

    Attributes:
        subject: what the tests go on with; it may refer to the parts of the stage.
        stage: where it happened.
        copy: returns a copy of its database, not opened yet; a new SQLite file goes to that path.
    """

    subject: Subject
    stage: Stage
    copy: Callable[[Path], Opening]

    def on(self, stage: Stage) -> Subject:
        """Returns the subject as it goes on there; the application is on a copy of the database."""
        stage.fake_channel.messages.update(copy.deepcopy(self.stage.fake_channel.messages))
        stage.fake_channel.keys.extend(self.stage.fake_channel.keys)
        stage.clock.moment = self.stage.clock.moment
        new_parts = {
            id(self.stage.application): stage.application,
            id(self.stage.fake_channel): stage.fake_channel,
            id(self.stage.clock): stage.clock,
        }
        return copy.deepcopy(self.subject, new_parts)


@dataclass(frozen=True)
class Beginnings:
    """The beginnings of a process of the tests.

    Attributes:
        folder: where SQLite files go.
        made: those that a test has asked for, each after what it is of.
    """

    folder: Path
    made: list[tuple[object, Beginning[Any]]] = field(default_factory=list)

    def of(
        self,
        begin: Begin[Subject],
        request: pytest.FixtureRequest,
        database_kind: str,
        options: BuildOptions,
    ) -> Beginning[Subject]:
        """Returns what comes of `begin`, which happens when it is asked for the first time.

        Args:
            begin: gets a stage of which only its own steps change anything.
            request: knows the prepared databases.
            database_kind: `sqlite` or `postgresql`.
            options: of the application.
        """
        wanted = (begin, database_kind, options)  # which has no hash
        beginning = next((made for of, made in self.made if of == wanted), None)
        if beginning is None:
            name = f"begun_{os.getpid()}_{len(self.made)}"
            prepare = {"sqlite": self._in_a_file, "postgresql": _on_the_server}[database_kind]
            opening, to_copy = prepare(request, name)
            stage, subject = asyncio.run(_happens(begin, opening, options))
            beginning = Beginning(subject, stage, to_copy)
            self.made.append((wanted, beginning))
        return beginning

    def _in_a_file(
        self, request: pytest.FixtureRequest, name: str
    ) -> tuple[Opening, Callable[[Path], Opening]]:
        file = self.folder / f"{name}.db"
        opening = open_database(copied(request.getfixturevalue("prepared_file"), file))
        return opening, lambda to: open_database(copied(file, to))


def _on_the_server(
    request: pytest.FixtureRequest, name: str
) -> tuple[Opening, Callable[[Path], Opening]]:
    server: PostgreSQL = request.getfixturevalue("postgresql")
    server.create(name, request.getfixturevalue("template"))
    return open_database(server.url(name)), lambda _: new_database(server, name)


class Begun(Protocol):
    """Returns the beginning that some steps make, on the database of a test."""

    def __call__(self, begin: Begin[Subject]) -> Beginning[Subject]:
        """Has them happen if they did not yet in this process."""
        ...


async def _happens(
    begin: Begin[Subject], opening: Opening, options: BuildOptions
) -> tuple[Stage, Subject]:
    vault, channel, clock = Vault(SECRET_KEY), FakeChannel(), FixedClock()
    async with opening as database:
        await unlock(database, vault)
        stage = Stage(build(database, vault, [channel], clock, options), channel, clock)
        return stage, await begin(stage)


async def member_joins(stage: Stage) -> FakeMember:
    """Somebody takes part on workdays at half past nine; returns them."""
    member = FakeMember(stage.application, stage.fake_channel, stage.clock, "sanne")
    await member.joins()
    return member

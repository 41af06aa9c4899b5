"""A bot on Matrix in a test: its account, its channel, and people who talk with it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from bot.app import Application, BuildOptions, build
from bot.channels.matrix.channel import Matrix
from bot.channels.matrix.client.account import Login
from bot.channels.matrix.rooms.rooms import AllowedServers
from bot.delivery.replies.pending_choices import StoredChoices
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix.synapse import Synapse

PICKLE_KEY = "0123456789abcdef" * 4
# For tests in which the homeserver computes all the time: they run one after the other, or each
# would wait for those beside it.
busy_homeserver = pytest.mark.xdist_group("busy homeserver")


@dataclass
class MatrixBot:
    """A homeserver with the bot's account on it, and everything to run the bot with.

    Attributes:
        allow_unencrypted: whether plain rooms may be private, which keeps tests fast that are about
            something else.
        url: where the bot finds the homeserver, if not at its own address.
    """

    server: Synapse
    bot: str
    folder: Path
    database: Database
    vault: Vault
    clock: FixedClock
    language: str = "nl"
    pickle_key: str = PICKLE_KEY
    allow_unencrypted: bool = True
    password: str = PASSWORD
    url: str = ""
    channels: list[Matrix] = field(default_factory=list)

    async def person(self, name: str = "sanne") -> MatrixPerson:
        """A new person."""
        user = await self.server.register(f"{name}-{secrets.token_hex(4)}", PASSWORD)
        return MatrixPerson(self.server, user, self.bot, self.folder / f"keys-{user[1:8]}")

    def device_of(self, person: MatrixPerson) -> MatrixPerson:
        """Another device of the same person."""
        folder = self.folder / f"keys-{secrets.token_hex(4)}"
        other = MatrixPerson(self.server, person.user_id, self.bot, folder)
        other.room = person.room
        return other

    def channel(self, allowed: AllowedServers | None = None) -> Matrix:
        """The bot's channel, as it is after each start."""
        login = Login(self.url or self.server.url, self.bot, self.password, None, self.pickle_key)
        offers = StoredChoices(self.database, "matrix", self.clock)
        return Matrix(
            login,
            self.folder / "matrix",
            self.clock,
            offers,
            allowed,
            allow_unencrypted=self.allow_unencrypted,
        )

    @asynccontextmanager
    async def running(self, allowed: AllowedServers | None = None) -> AsyncIterator[Application]:
        """The bot, listening until the end of the block."""
        channel = self.channel(allowed)
        self.channels.append(channel)
        options = BuildOptions(self.language, inbox_limits=NO_LIMITS)
        application = build(self.database, self.vault, [channel], self.clock, options)
        try:
            async with listening(application, channel) as task:
                async with asyncio.timeout(20):
                    while await channel.trouble() is not None:
                        assert not task.done(), task.exception()
                        await asyncio.sleep(0.02)
                yield application
        finally:
            await channel.close()


class Client(Protocol):
    """What somebody does with any client."""

    async def invites(self, *, sealed: bool) -> str: ...  # noqa: D102
    async def receives(self, words: str) -> object: ...  # noqa: D102
    async def types(self, text: str) -> str: ...  # noqa: D102


async def joins(person: Client, *, sealed: bool, when: str = "ma-zo 9:30") -> None:
    """Opens a room with the bot and answers its two questions."""
    await person.invites(sealed=sealed)
    await person.receives("In welke taal")
    await person.types("1")
    await person.receives("Wanneer")
    await person.types(when)
    await person.receives("9:30")

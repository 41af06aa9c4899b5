"""The real application on one database, which may close and open again, and its clock."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bot.app import Application, BuildOptions, build
from bot.channels.base import Channel
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.delivery.take_over import take_over
from bot.startup import open_database, unlock
from bot.store.members import members
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.members import LinkRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow
from tests.support.databases import SECRET_KEY, copied
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.inbox import NO_LIMITS, all_is_handled, listening
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.pace import UNLIMITED

TOKEN = "123:abc"
MOST_MOMENTS = 2_000
SECOND = timedelta(seconds=1)


class House:
    """The bot with all that it needs, between two platforms.

    Args:
        prepared: a database with the bundled sets, of which it gets a copy.
        folder: where that stands.
        start: the moment at which it opens.

    Attributes:
        clock: stands still until time passes.
        server: Telegram.
        matrix: another platform, in memory.
    """

    def __init__(self, prepared: Path, folder: Path, start: datetime) -> None:
        self._url = copied(prepared, folder / "house.db")
        self._vault = Vault(SECRET_KEY)
        self.clock = FixedClock(start)
        self.server = BotApiServer(TOKEN)
        self.matrix = FakeChannel(name="matrix")
        self._open: AsyncExitStack | None = None
        self._application: Application | None = None

    @property
    def application(self) -> Application:
        """The application that is open now."""
        assert self._application is not None, "the house is closed"
        return self._application

    @property
    def is_open(self) -> bool:
        """Whether the bot runs."""
        return self._application is not None

    async def opens(self) -> None:
        """Builds the application, which begins as a replica does that takes over."""
        async with AsyncExitStack() as opening:
            database = await opening.enter_async_context(open_database(self._url))
            await unlock(database, self._vault)
            telegram = Telegram(Login(self.server.url, TOKEN), self.clock, UNLIMITED)
            opening.push_async_callback(telegram.close)
            channels: list[Channel] = [telegram, self.matrix]
            options = BuildOptions(inbox_limits=NO_LIMITS)
            application = build(database, self._vault, channels, self.clock, options)
            for channel in channels:
                await take_over(application.database, channel.name)
            await opening.enter_async_context(listening(application, telegram))
            polls = len(self.server.calls_of("getUpdates"))
            self._application, self._open = application, opening.pop_all()
        await self.server.until(lambda: len(self.server.calls_of("getUpdates")) > polls)

    async def closes(self) -> None:
        """Ends the application, in the middle of whatever it does."""
        if self._open is not None:
            closing, self._open, self._application = self._open, None, None
            await closing.aclose()

    async def settles(self) -> None:
        """Waits until all that was done on Telegram is handled, and all that is due has gone."""
        inbox = self.application.inboxes[Telegram.name]
        await all_is_handled(self.server, inbox, timeout=20)

    async def passes(self, time: timedelta, each: Callable[[], Awaitable[None]]) -> None:
        """Goes on so long, from one moment at which something is due to the next.

        Args:
            time: how long.
            each: is called after each of those moments.
        """
        end = self.clock() + time
        for _ in range(MOST_MOMENTS):
            due = await self._next_due()
            if due is None or due > end:
                break
            self.clock.moment = max(due, self.clock())
            await self.ticks()
            await each()
            if due == await self._next_due():  # a lease that runs, or a pause between attempts
                self.clock.moment = min(self.clock() + SECOND, end)
        else:
            raise AssertionError("something stays due for ever")
        self.clock.moment = end

    async def ticks(self) -> None:
        """Sends all that is due."""
        await self.application.outbox_sender.tick()
        await self.application.nudge_sender.tick()
        await self.application.digest_sender.tick()

    async def _next_due(self) -> datetime | None:
        senders = (
            self.application.outbox_sender,
            self.application.nudge_sender,
            self.application.digest_sender,
        )
        moments = [await sender.next_due() for sender in senders]
        return min((moment for moment in moments if moment is not None), default=None)

    # What is kept.

    async def member_at(self, channel: str, address: str) -> MemberRow | None:
        """Returns the member in this chat."""
        async with self.application.database.reading() as session:
            return await members.find_member(session, channel, address)

    async def members(self) -> dict[int, MemberRow]:
        """Returns all members by number, without those who became one with another."""
        joined = select(LinkRow.joined_member_id)
        query = select(MemberRow).where(MemberRow.id.not_in(joined))
        async with self.application.database.reading() as session:
            return {row.id: row for row in (await session.scalars(query)).all()}

    async def joined(self) -> list[MemberRow]:
        """Returns the rows of those who became one with another, kept while that can be undone."""
        query = select(MemberRow).where(MemberRow.id.in_(select(LinkRow.joined_member_id)))
        async with self.application.database.reading() as session:
            return list((await session.scalars(query)).all())

    async def nudges(self) -> list[NudgeRow]:
        """Returns all nudges, in the order in which they were made."""
        async with self.application.database.reading() as session:
            return list((await session.scalars(select(NudgeRow).order_by(NudgeRow.id))).all())

    async def texts_of(self, member: MemberRow) -> dict[str, str | None]:
        """Returns what a member wrote, by the platform's id of the message."""
        async with self.application.database.reading() as session:
            diary = Diary(session, self._vault, member.id)
            return {kept.source: kept.words for kept in await diary.since(member.joined_at)}

    async def source_of(self, reflection_id: int) -> str | None:
        """Returns the message in which this was written."""
        async with self.application.database.reading() as session:
            row = await session.get(ReflectionRow, reflection_id)
        return None if row is None else row.source


async def waits_a_little(turns: int) -> None:
    """Lets the application go on for so many turns of the event loop."""
    for _ in range(turns):
        await asyncio.sleep(0)

"""A channel in a test brings what comes in to a real inbox, with a handler of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.app import Application
from bot.channels.base import Channel, InboxChannel, IncomingHandler
from bot.delivery.inbox.answers import Answered
from bot.delivery.inbox.flood_limits import InboxLimits
from bot.delivery.inbox.inbox import Inbox
from bot.messages import Clock, Incoming, ReceivedItem, Reply
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.telegram.bot_api import BotApiServer

# For a test that is not about floods: people in it say more within a minute than anybody does.
NO_LIMITS = InboxLimits(
    waiting=100_000,
    backlog=100_000,
    priority=100_000,
    answers=100_000,
    stranger_seconds=0.0,
    total=1_000_000,
)


class HandledBy:
    """Answers each item with a function of the test, which returns the notice to a press."""

    def __init__(self, handle: IncomingHandler) -> None:
        self._handle = handle
        self.apologies: list[str] = []
        self.slowed_down: list[str] = []

    async def answer(self, incoming: Incoming) -> Answered:
        """Calls the function."""
        return Answered(Reply(notice=await self._handle(incoming)))

    async def apologize(self, incoming: Incoming, key: str) -> str | None:
        """Notes what was said, and returns it."""
        self.apologies.append(key)
        return key

    async def say_in_chat(self, _: Incoming, key: str) -> None:
        """Notes what was said."""
        self.apologies.append(key)

    async def slow_down(self, incoming: Incoming) -> str | None:
        """Notes who was asked."""
        self.slowed_down.append(incoming.sender.id)
        return None


class HandsOver:
    """Where a channel brings what comes in, in a test of the channel alone: it is handled at once.

    Args:
        channel: decodes it.
        handle: handles it.
    """

    def __init__(self, channel: InboxChannel, handle: IncomingHandler) -> None:
        self._channel, self._handle = channel, handle
        self._last: str | None = None

    async def receive(self, items: Sequence[ReceivedItem], position: str | None = None) -> None:
        """Handles the items in order; as in the inbox, one that fails costs no other."""
        for item in items:
            with suppress(Exception):
                await self._channel.process(item.content, self._handle)
        self._last = position or self._last

    async def position(self, max_age: timedelta | None = None) -> str | None:
        """Returns the last position, however old."""
        return self._last


def inbox_of(
    channel: InboxChannel,
    database: Database,
    vault: Vault,
    clock: Clock,
    handle: IncomingHandler | HandledBy,
    limits: InboxLimits = NO_LIMITS,
) -> Inbox:
    """The inbox of one channel, on a database that other inboxes of this test may share."""
    answers = handle if isinstance(handle, HandledBy) else HandledBy(handle)
    return Inbox(channel, database, vault, clock, answers, limits)


@asynccontextmanager
async def running(inbox: Inbox) -> AsyncIterator[Inbox]:
    """What comes in is handled until the end of the block."""
    async with _until_the_end(asyncio.create_task(inbox.run())):
        yield inbox


@asynccontextmanager
async def listening(
    application: Application, channel: Channel
) -> AsyncIterator[asyncio.Task[None]]:
    """The application handles what comes in on a channel until the end of the block."""
    async with _until_the_end(asyncio.create_task(application.listen(channel))) as task:
        yield task


@asynccontextmanager
async def _until_the_end(task: asyncio.Task[None]) -> AsyncIterator[asyncio.Task[None]]:
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def all_is_handled(server: BotApiServer, *inboxes: Inbox, timeout: float = 10) -> None:
    """Waits until the bot has taken in and handled all that was done on Telegram."""

    def nothing_waits() -> bool:
        return server.waiting_updates == 0 and all(inbox.waiting == 0 for inbox in inboxes)

    await server.until(nothing_waits, timeout)

"""Suspects: items that waited, more than once, when the process ended. One of them may end it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.delivery.inbox.queues import QueuedItem
from bot.retries import INBOX_ATTEMPTS
from bot.store.boxes import inbox as rows
from bot.store.db.engine import Database
from bot.store.nudges import processed_updates

# From so many interrupted attempts on an item is a suspect.
SUSPECT = 2


class Interrupted(Exception):
    """Handling an item was interrupted too often: it seems to be what ends the process."""


class Suspects:
    """Has suspects handled one at a time, each counted before that.

    So of all that waited when the process ended, only what ended it is counted again.

    Args:
        channel: the name of the channel whose items these are.
        database: where they wait.

    Attributes:
        turn: held while a suspect is handled.
    """

    def __init__(self, channel: str, database: Database) -> None:
        self._channel, self._database = channel, database
        self.turn = asyncio.Lock()

    @asynccontextmanager
    async def alone(self, item: QueuedItem) -> AsyncIterator[None]:
        """Has an item handled in the block, no other suspect at the same time if it is one.

        Raises:
            Interrupted: it was interrupted too often, and no answer to it was committed.
        """
        if item.attempts < SUSPECT:
            yield
            return
        async with self.turn:
            await self._begin(item)
            yield

    async def _begin(self, item: QueuedItem) -> None:
        """Counts an attempt, once in the life of a process: a failure is no interruption."""
        if item.is_begun:
            return
        if item.attempts < INBOX_ATTEMPTS:
            async with self._database.transaction() as session:
                await rows.record_attempt(session, item.id, item.attempts + 1)
            item.attempts += 1
        else:
            async with self._database.reading() as session:
                is_handled = await processed_updates.is_marked(session, self._channel, item.key)
            if not is_handled:  # otherwise only its row was left
                raise Interrupted
        item.is_begun = True

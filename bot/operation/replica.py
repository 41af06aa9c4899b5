"""One process among others on the same database: which channels it leads, and taking them over.

A platform has one set of limits for a bot, and one reader of what comes in. So one replica at a
time listens and sends on a channel; when it stops or dies, another takes over within seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from bot.channels.base import Channel
from bot.config.environment import PREFIX
from bot.config.settings import ConfigError, DatabaseUnavailable
from bot.delivery.schedule.schedule import Senders
from bot.delivery.take_over import take_over
from bot.languages.sentences import Sentence
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, OperationRefused, error_message
from bot.store.db.locks.leader_election import leadership
from bot.store.db.locks.single_instance import DatabaseInUse, single_instance

log = structlog.get_logger(__name__)
# What is in flight when a channel is lost or the program stops gets so many seconds to finish.
FINISH_SECONDS = 8.0
HAND_OVER_SECONDS = 1.5
RETRY_SECONDS = 1.0


@asynccontextmanager
async def lock_sqlite_file(database: Database) -> AsyncIterator[None]:
    """Keeps a second program off a SQLite file until the end of the block.

    On PostgreSQL it does nothing: replicas share it.

    Raises:
        ConfigError: another program holds the file, or its lock is another user's.
    """
    try:
        with single_instance(database.file):
            yield
    except OperationRefused as error:
        kind = ConfigError if isinstance(error, DatabaseInUse) else DatabaseUnavailable
        raise kind(
            [Sentence("setting.about", name=f"{PREFIX}DATABASE_URL", trouble=error.reason)]
        ) from error


class Replica:
    """Listens and sends on the channels that this process leads.

    Args:
        database: where leadership is decided: by an advisory lock for each channel on PostgreSQL;
            on SQLite the one process leads them all.
        listen: handles what comes in on a channel, until cancelled or until its input ends.
        senders: send on the active channels what is due.
        active_channels: the names of the channels that this process leads now; kept up to date
            here, and read by the senders.
        on_lead: called whenever this process begins to lead a channel.
    """

    def __init__(
        self,
        database: Database,
        listen: Callable[[Channel], Awaitable[None]],
        senders: Senders,
        active_channels: set[str],
        on_lead: Callable[[], None],
    ) -> None:
        self._database, self._listen, self._senders = database, listen, senders
        self._active_channels, self._on_lead = active_channels, on_lead
        self._cannot_begin: dict[str, str] = {}  # by channel, why; logged once for each reason

    def is_standing_by(self, channel: str) -> bool:
        """Returns whether another replica leads this channel."""
        return channel not in self._active_channels and not self._database.is_sqlite

    def stop_sending(self) -> None:
        """Begins no new nudge or digest, and nothing that waits; what is in flight goes on."""
        self._senders.stop()

    async def run_channel(self, channel: Channel) -> None:
        """Listens and sends on `channel` whenever this process leads it, until cancelled.

        Returns when the channel has nothing more to listen to.

        Raises:
            InvalidCredentials: the platform does not accept our credentials.
        """
        while True:
            async with leadership(self._database, channel.name) as lost:
                if not self._database.is_sqlite:
                    # What the last leader sent a moment ago still counts for the platform's limits.
                    await asyncio.sleep(HAND_OVER_SECONDS)
                if await self._take_over(channel.name) and await self._lead(channel, lost):
                    return

    async def _lead(self, channel: Channel, lost: asyncio.Event) -> bool:
        """Listens and sends until the channel is lost or ends; returns whether it ended."""
        self._active_channels.add(channel.name)
        self._on_lead()
        listening = asyncio.ensure_future(self._listen(channel))
        losing = asyncio.create_task(lost.wait())
        try:
            await asyncio.wait([listening, losing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if lost.is_set():  # at once: the next leader ends our leases, and sends the same
                self._active_channels.discard(channel.name)
            for task in (listening, losing):
                task.cancel()
            # Replies that were decided may still be sent, as long as we lead the channel.
            await asyncio.wait([listening, losing])
            self._active_channels.discard(channel.name)
            # The lock is released after this. Another replica that took over while something is in
            # flight here would exceed the platform's limits with us.
            await self._senders.finished(FINISH_SECONDS)
        if listening.cancelled():
            return False
        listening.result()
        return True

    async def _take_over(self, channel: str) -> bool:
        """Ends the leases of an earlier leader; returns whether the database let us."""
        try:
            await take_over(self._database, channel)
        except DATABASE_ERRORS as error:
            if self._cannot_begin.get(channel) != (reason := error_message(error)):
                log.warning("cannot begin", channel=channel, error=reason)
            self._cannot_begin[channel] = reason
            await asyncio.sleep(RETRY_SECONDS)
            return False
        self._cannot_begin.pop(channel, None)
        log.info("leading", channel=channel)
        return True

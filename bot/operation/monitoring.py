"""What `/metrics` says of the state of things: measured when it is asked, never in between.

Replicas on one database say the same of what is in the database; a rule takes the largest.
"""

import asyncio
import math
import shutil
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge, Info
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Channel
from bot.delivery import metrics
from bot.messages import Clock
from bot.store.admin.encrypted_backups import TROUBLES, BackupKind, Backups
from bot.store.boxes import backlog, inbox
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.members import due_members
from bot.store.nudges import nudges

log = structlog.get_logger(__name__)

BUILD = Info("olievlek_build", "Which version runs")
DATABASE_UP = Gauge("olievlek_database_up", "Whether the database can be read and written")
DATABASE_PROBE = Gauge(
    "olievlek_database_probe_seconds", "How long it took to read and write the database just now"
)
STORAGE_FREE = Gauge(
    "olievlek_storage_free_bytes",
    "Room left where the SQLite file is; absent on PostgreSQL",
    ["kind"],  # with a label, for without one it shows 0 until it is set: no room at all
)
OVERDUE = Gauge(
    "olievlek_nudge_overdue_seconds", "How long the oldest nudge that is due waits; 0: none does"
)
CHANNEL_UP = Gauge("olievlek_channel_up", "Whether the connection works", ["channel"])
CHANNEL_LEADING = Gauge("olievlek_channel_leading", "Whether this process leads it", ["channel"])
INBOX_WAITING = Gauge("olievlek_inbox_waiting", "Items that came in and wait", ["channel"])
INBOX_OLDEST = Gauge(
    "olievlek_inbox_oldest_seconds", "How long the oldest of them waits; 0: none does", ["channel"]
)
INBOX_SET_ASIDE = Gauge(
    "olievlek_inbox_set_aside", "Items that came in and could not be handled", ["channel"]
)
OUTBOX_WAITING = Gauge("olievlek_outbox_waiting", "Messages that wait to be sent", ["channel"])
OUTBOX_OLDEST = Gauge(
    "olievlek_outbox_oldest_seconds", "How long the oldest of them waits; 0: none does", ["channel"]
)
BACKUP_AGE = Gauge(
    "olievlek_backup_age_seconds",
    "How old the newest backup is; infinite: there is none; absent when none is set up",
    ["kind"],
)
TRIAL_AGE = Gauge(
    "olievlek_backup_trial_age_seconds",
    "How long ago a backup was restored for a trial; absent when none ever was",
    ["kind"],
)
# How often a bucket is asked what is in it.
ASK_AGAIN = timedelta(minutes=15)
# A scrape never waits longer for the database; what could not be measured keeps its last value.
PATIENCE_SECONDS = 5.0


class BackupAges:
    """Measures how old the newest backups are, and when one was restored for a trial.

    Args:
        backups: the backups.
        clock: returns the present.
    """

    def __init__(self, backups: Backups, clock: Clock) -> None:
        self._backups, self._clock = backups, clock
        self._made: dict[BackupKind, datetime | None] = {}
        self._tried: datetime | None = None
        self._asked_at: datetime | None = None
        self._asking: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Measures; what has to be asked over a network is what was last heard, minutes ago."""
        now = self._clock()
        if not self._backups.is_remote:
            self._look()
        elif self._asked_at is None or now - self._asked_at > ASK_AGAIN:
            self._asked_at = now
            self._asking = asyncio.create_task(self._ask())
        for kind, made_at in self._made.items():
            BACKUP_AGE.labels(kind).set(math.inf if made_at is None else _waited(made_at, now))
        if self._tried is not None:
            TRIAL_AGE.labels("data").set(_waited(self._tried, now))

    def _look(self) -> None:
        now = self._clock()
        for kind in BackupKind:
            self._made[kind] = self._backups.made_at(kind, now)
        self._tried = self._backups.tried_at()

    async def _ask(self) -> None:
        try:
            await asyncio.to_thread(self._look)
        except TROUBLES as error:  # the age of what is known goes on growing, and has an alert
            log.warning("the backups cannot be looked at", error=str(error))


class Monitor:
    """Measures the state of one process and of its database.

    Args:
        database: whose queues are measured.
        channels: all that are configured.
        clock: returns the present.
        active_channels: returns the names of the channels that this process leads now.
        version: which version runs.
        backups: the encrypted backups; None: none are made.
    """

    def __init__(
        self,
        database: Database,
        channels: Sequence[Channel],
        clock: Clock,
        active_channels: Callable[[], Collection[str]],
        version: str,
        backups: Backups | None = None,
    ) -> None:
        self._database, self._channels = database, channels
        self._clock, self._active_channels = clock, active_channels
        self._ages = None if backups is None else BackupAges(backups, clock)
        BUILD.info({"version": version})
        for channel in channels:
            metrics.show_zeros(channel.name)

    async def refresh(self) -> None:
        """Measures all, within some seconds; raises nothing."""
        active = self._active_channels()
        for channel in self._channels:
            leads = channel.name in active
            CHANNEL_LEADING.labels(channel.name).set(leads)
            # A replica that stands by has no connection, and none that is broken.
            is_down = leads and await channel.trouble() is not None
            CHANNEL_UP.labels(channel.name).set(not is_down)
        if self._database.file is not None:
            STORAGE_FREE.labels("data").set(shutil.disk_usage(self._database.file.parent).free)
        if self._ages is not None:
            await self._ages.refresh()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._measure_database()
        except (TimeoutError, *DATABASE_ERRORS) as error:
            log.debug("not measured", error=error_message(error))
            DATABASE_UP.set(0)

    async def _measure_database(self) -> None:
        start = time.perf_counter()
        trouble = await self._database.write_trouble()
        DATABASE_PROBE.set(time.perf_counter() - start)
        DATABASE_UP.set(trouble is None)
        async with self._database.reading() as session:
            await self._measure_queues(session)

    async def _measure_queues(self, session: AsyncSession) -> None:
        now, names = self._clock(), [channel.name for channel in self._channels]
        due = (
            await due_members.next_due_at(session, names),
            await nudges.next_due_at(session, names),
        )
        OVERDUE.set(_waited(min((at for at in due if at is not None), default=None), now))
        inboxes, outboxes = (
            await backlog.inbox_backlogs(session),
            await backlog.outbox_backlogs(session),
        )
        set_aside = await inbox.set_aside_counts(session)
        for name in names:
            INBOX_SET_ASIDE.labels(name).set(set_aside.get(name, 0))
            waiting = inboxes.get(name, backlog.Backlog())
            INBOX_WAITING.labels(name).set(waiting.waiting)
            INBOX_OLDEST.labels(name).set(_waited(waiting.oldest, now))
            unsent = outboxes.get(name, backlog.Backlog())
            OUTBOX_WAITING.labels(name).set(unsent.waiting)
            OUTBOX_OLDEST.labels(name).set(_waited(unsent.oldest, now))


def _waited(since: datetime | None, now: datetime) -> float:
    """Returns for how many seconds something has waited; 0 when nothing has, or not yet."""
    return 0.0 if since is None else max(now - since, timedelta()).total_seconds()

"""The nightly job that makes encrypted backups, and deletes the old ones."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.core.privacy.backups import night_before
from bot.delivery.maintenance.job import MaintenanceJob
from bot.messages import Clock
from bot.store.admin.encrypted_backups import TROUBLES, BackupKind, Backups

log = structlog.get_logger(__name__)
TRY_AGAIN = timedelta(hours=1)


class BackupJob(MaintenanceJob):
    """Makes a backup a night of the data and one of the keys; it raises nothing.

    A process that leads no longer begins no other backup; the one that it makes becomes whole.

    Args:
        backups: where they go.
        clock: returns the present.
        zone: whose night it is.
        is_leader: returns whether this process leads the maintenance.
    """

    def __init__(
        self,
        backups: Backups,
        clock: Clock,
        zone: ZoneInfo,
        is_leader: Callable[[], bool],
    ) -> None:
        super().__init__(is_leader)
        self._backups, self._clock, self._zone = backups, clock, zone
        self._not_before: datetime | None = None

    async def _work(self) -> None:
        """Makes what is due, unless that failed within the last hour, and deletes what is old."""
        now = self._clock()
        # A clock that was set back since then makes nobody wait for longer than the hour.
        if self._not_before is not None and now < self._not_before <= now + TRY_AGAIN:
            return
        self._not_before = None
        try:
            await asyncio.to_thread(self._run, self._backups, now)
        except TROUBLES as error:
            self._not_before = now + TRY_AGAIN
            log.error("no backup made; tried again in an hour", error=str(error))

    def _run(self, backups: Backups, now: datetime) -> None:
        backups.expire(now)  # first: it makes room, and keys go also when nothing can be made
        for kind in BackupKind:
            if not self._is_leader():  # a long backup may outlive the lead
                return
            last = backups.made_at(kind, now)
            if last is None or last < night_before(now, self._zone):
                made = backups.make(kind, now)
                log.info("backup made", kind=str(kind), file=made.name, bytes=made.size)
        backups.expire(now)

"""The scheduler: a handful of jobs, however many members there are.

The outbox, nudges and digests are sent at the moments that stand in the database. Their jobs sleep
until then, and hear of moments that change; see `DueJob`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery.digests.digests import DigestSender
from bot.delivery.linking import LinkExpiry
from bot.delivery.maintenance.backups import BackupJob
from bot.delivery.maintenance.retention import RetentionJob
from bot.delivery.menus import MenuUpdater
from bot.delivery.nudges.nudges import NudgeSender
from bot.delivery.outbox.sender import OutboxSender
from bot.delivery.schedule.due_job import DueJob
from bot.messages import Clock
from bot.store.db.notifications.due_moments import DueMoments

log = structlog.get_logger(__name__)
MENU_SECONDS = 60
LINK_SECONDS = 60
CLOSE_WEEKS_MINUTES = 10
BACKUP_MINUTES = 10  # each looks whether one is due; it is made once a night
RETENTION_HOURS = 6  # not a day: a process that restarts every day has to get round to it


@dataclass(frozen=True, slots=True)
class Senders:
    """Those who send what is due.

    Attributes:
        outbox: sends what could not be sent at once.
        nudges: sends nudges.
        digests: sends digests, and closes weeks.
    """

    outbox: OutboxSender
    nudges: NudgeSender
    digests: DigestSender

    def stop(self) -> None:
        """Begins no new nudge or digest, and nothing that waits; what is in flight goes on."""
        self.outbox.stop()
        self.nudges.stop()
        self.digests.stop()

    async def finished(self, seconds: float) -> None:
        """Waits until nothing is in flight, for so many seconds at most."""
        finished = [
            asyncio.create_task(sender.finished(seconds))
            for sender in (self.outbox, self.nudges, self.digests)
        ]
        await asyncio.wait(finished)


@dataclass(frozen=True, slots=True)
class Jobs:
    """Those who do what has no moment of its own, at intervals.

    Attributes:
        menu_updater: shows menus where a role changed.
        link_expiry: ends link requests that nobody answered.
        retention: deletes what is too old.
        backups: makes encrypted backups; None: there are none.
    """

    menu_updater: MenuUpdater
    link_expiry: LinkExpiry
    retention: RetentionJob
    backups: BackupJob | None = None


class Schedule:
    """All that goes by the clock.

    Args:
        senders: send what is due.
        jobs: run at intervals.
        due_moments: announces moments that change.
        clock: returns the present.

    Attributes:
        scheduler: has the jobs; started and shut down by the caller.
        outbox: the job that sends what waits.
        nudges: the job that sends nudges.
        digests: the job that sends digests.
    """

    def __init__(
        self,
        senders: Senders,
        jobs: Jobs,
        due_moments: DueMoments,
        clock: Clock,
    ) -> None:
        self.scheduler = AsyncIOScheduler(timezone=UTC)
        self.outbox, self.nudges, self.digests = (
            DueJob(self.scheduler, name, sender.tick, sender.next_due, clock)
            for name, sender in (
                ("outbox", senders.outbox),
                ("nudges", senders.nudges),
                ("digests", senders.digests),
            )
        )
        self._add(senders.digests.close_weeks, "close weeks", minutes=CLOSE_WEEKS_MINUTES)
        self._add(jobs.menu_updater.refresh, "menus", seconds=MENU_SECONDS)
        self._add(jobs.link_expiry.expire, "links", seconds=LINK_SECONDS)
        self._add(jobs.retention.tick, "retention", hours=RETENTION_HOURS)
        if jobs.backups is not None:
            self._add(jobs.backups.tick, "backups", minutes=BACKUP_MINUTES)
        self.scheduler.add_listener(_log_error, EVENT_JOB_ERROR)
        due_moments.listen(self.wake_at)

    def wake_at(self, moment: datetime) -> None:
        """Has the outbox, nudges and digests looked at by `moment`."""
        for job in (self.outbox, self.nudges, self.digests):
            job.wake_at(moment)

    def wake(self) -> None:
        """Has the outbox, nudges and digests looked at now."""
        for job in (self.outbox, self.nudges, self.digests):
            job.wake()

    def _add(self, job: Callable[[], Awaitable[object]], name: str, **interval: int) -> None:
        # One run at a time: one that takes longer than its interval skips the runs it missed.
        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self.scheduler.add_job(job, "interval", id=name, **options, **interval)


def _log_error(event: JobExecutionEvent) -> None:
    log.error("job failed", job=event.job_id, error=str(event.exception))

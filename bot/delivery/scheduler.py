"""The scheduler: a handful of jobs, however many members there are."""

from collections.abc import Awaitable, Callable
from datetime import UTC

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery.digests import DigestSender
from bot.delivery.menus import MenuUpdater
from bot.delivery.nudges import NudgeSender
from bot.delivery.outbox_sender import OutboxSender

log = structlog.get_logger(__name__)
OUTBOX_SECONDS = 1
NUDGE_SECONDS = 1
DIGEST_SECONDS = 5
MENU_SECONDS = 30
CLOSE_WEEKS_MINUTES = 10
PURGE_HOURS = 6


def scheduler_for(
    outbox_sender: OutboxSender,
    nudge_sender: NudgeSender,
    digest_sender: DigestSender,
    menu_updater: MenuUpdater,
) -> AsyncIOScheduler:
    """Returns a scheduler of all that goes by the clock, not started yet."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    _add_job(scheduler, outbox_sender.tick, "outbox", seconds=OUTBOX_SECONDS)
    _add_job(scheduler, nudge_sender.tick, "nudges", seconds=NUDGE_SECONDS)
    _add_job(scheduler, digest_sender.tick, "digests", seconds=DIGEST_SECONDS)
    _add_job(scheduler, digest_sender.close_weeks, "close weeks", minutes=CLOSE_WEEKS_MINUTES)
    _add_job(scheduler, menu_updater.refresh, "menus", seconds=MENU_SECONDS)
    _add_job(scheduler, nudge_sender.purge_expired, "purge", hours=PURGE_HOURS)
    scheduler.add_listener(_log_error, EVENT_JOB_ERROR)
    return scheduler


def _add_job(
    scheduler: AsyncIOScheduler, job: Callable[[], Awaitable[object]], name: str, **interval: int
) -> None:
    # One run at a time: one that takes longer than its interval skips the runs it missed.
    options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    scheduler.add_job(job, "interval", id=name, **options, **interval)


def _log_error(event: JobExecutionEvent) -> None:
    log.error("job failed", job=event.job_id, error=str(event.exception))

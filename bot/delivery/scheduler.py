"""The scheduler: a handful of jobs, however many members there are."""

from collections.abc import Awaitable, Callable
from datetime import UTC

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery.digests import DigestSender
from bot.delivery.menus import MenuUpdater
from bot.delivery.nudges import NudgeSender

log = structlog.get_logger(__name__)
TICK_SECONDS = 1
DIGEST_SECONDS = 5
MENU_SECONDS = 30
CLOSE_MINUTES = 10
TIDY_HOURS = 6


def scheduler_for(
    sending: NudgeSender, digests: DigestSender, menus: MenuUpdater
) -> AsyncIOScheduler:
    """A scheduler, not started yet: the tick each second, housekeeping every six hours."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    _every(scheduler, sending.tick, "tick", seconds=TICK_SECONDS)
    _every(scheduler, digests.tick, "digests", seconds=DIGEST_SECONDS)
    _every(scheduler, digests.close_weeks, "weeks", minutes=CLOSE_MINUTES)
    _every(scheduler, menus.refresh, "menus", seconds=MENU_SECONDS)
    _every(scheduler, sending.purge_expired, "tidy", hours=TIDY_HOURS)
    scheduler.add_listener(_report, EVENT_JOB_ERROR)
    return scheduler


def _every(
    scheduler: AsyncIOScheduler, job: Callable[[], Awaitable[object]], name: str, **interval: int
) -> None:
    # A tick that takes longer than a second goes on alone; missed ones are not made up for.
    alone = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    scheduler.add_job(job, "interval", id=name, **alone, **interval)


def _report(event: JobExecutionEvent) -> None:
    log.error("job failed", job=event.job_id, error=str(event.exception))

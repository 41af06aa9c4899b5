"""A job of the scheduler that sleeps until something is due, and what wakes it before that."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.base import BaseScheduler

from bot.messages import Clock

# Changes are announced; this finds what a command in another process changed on SQLite, or what
# PostgreSQL could not tell.
SLOW_LOOK = timedelta(seconds=30)
# What is still due after a run waits for something else, such as the end of a pause.
BETWEEN_RUNS = timedelta(seconds=0.5)
CLOCK_CHECK_SECONDS = 1.0
CLOCK_JUMP_SECONDS = 0.5


class DueJob:
    """Runs when something is due; otherwise it looks, now and then, when that will be.

    Args:
        scheduler: gets the job; started by the caller.
        name: the id of the job.
        run: sends all that is due. It is not called again before it has returned.
        next_due: returns when something is due; None: nothing is planned.
        clock: returns the present.

    Attributes:
        job: as the scheduler has it.
    """

    def __init__(
        self,
        scheduler: BaseScheduler,
        name: str,
        run: Callable[[], Awaitable[object]],
        next_due: Callable[[], Awaitable[datetime | None]],
        clock: Clock,
    ) -> None:
        self._run, self._next_due, self._clock = run, next_due, clock
        self._is_looking = False
        self._announced: datetime | None = None  # while it was looking
        self.job: Job = scheduler.add_job(
            self.look,
            "interval",
            seconds=SLOW_LOOK.total_seconds(),
            id=name,
            next_run_time=clock(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    @property
    def wakes_at(self) -> datetime:
        """When it looks next, unless something is announced before that."""
        moment: datetime = self.job.next_run_time
        return moment

    def wake_at(self, moment: datetime) -> None:
        """Makes it look at `moment`, at the latest."""
        if self._is_looking:
            self._announced = min(moment, self._announced or moment)
        elif moment < self.wakes_at:
            with suppress(JobLookupError):  # the scheduler was shut down
                self.job.modify(next_run_time=moment)

    def wake(self) -> None:
        """Makes it look at once."""
        self.wake_at(self._clock())

    async def look(self) -> None:
        """Runs if something is due, and plans the next look; ends quietly when it is cancelled."""
        with suppress(asyncio.CancelledError):  # the scheduler would log it as an error
            await self._look()

    async def _look(self) -> None:
        self._is_looking = True
        try:
            due = await self._next_due()
            if due is not None and due <= self._clock():
                await self._run()
                due = await self._next_due()
        finally:
            self._is_looking = False
        announced, self._announced = self._announced, None
        moments = [moment for moment in (due, announced) if moment is not None]
        if moments:
            now = self._clock()
            earliest = min(moments)
            self.wake_at(earliest if earliest > now else now + BETWEEN_RUNS)


async def watch_clock(
    clock: Clock, on_jump: Callable[[], None], seconds: float = CLOCK_CHECK_SECONDS
) -> None:
    """Calls `on_jump` when the clock jumped or the machine slept, until cancelled.

    A sleep until a moment is measured by another clock, which does not jump and stands still while
    the machine sleeps. So both are compared each second; that takes no query.

    Args:
        clock: returns the present.
        on_jump: called after a jump of more than half a second, in either direction.
        seconds: between two comparisons.
    """
    loop = asyncio.get_running_loop()
    ahead = clock().timestamp() - loop.time()
    while True:
        await asyncio.sleep(seconds)
        before, ahead = ahead, clock().timestamp() - loop.time()
        if abs(ahead - before) > CLOCK_JUMP_SECONDS:
            on_jump()

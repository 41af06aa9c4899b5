"""What many members cost in memory, beside a scheduler that holds a job for each."""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.crowd import NOW, SECRET_KEY, enrol
from bench.lines import Line
from bot.app import build
from bot.channels.base import IncomingHandler, ShouldSend, always_send
from bot.messages import Outgoing
from bot.startup import open_database, prepare, unlock
from bot.store.members.vault import Vault

DUE = 1_000
JOBS = 100_000


class Void:
    """A channel on which everything arrives and nothing is kept."""

    name = "telegram"

    async def listen(self, handle: IncomingHandler) -> None:
        """Nothing comes in."""

    async def whoami(self) -> str:
        """Its name."""
        return self.name

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Says where it would be."""
        return key

    async def trouble(self) -> str | None:
        """There is none."""
        return None

    async def close(self) -> None:
        """Nothing to let go of."""


async def measure() -> list[Line]:
    """A thousand, a million, and 100,000 jobs."""
    few, _ = await _in_processes(1_000)
    many, ready = await _in_processes(1_000_000)
    jobs, none, took = (float(part) for part in _run("jobs").split())
    return [
        Line(
            "memory with 1,000,000 enrolled and 1,000 sent, against 1,000 enrolled",
            many,
            few,
            "MB",
            difference_at_most=40,
        ),
        Line("to compare: an APScheduler job for each of 100,000, against none", jobs, none, "MB"),
        Line(
            "to be ready with 1,000,000 enrolled, against starting those 100,000 jobs",
            ready * 1e3,
            took * 1e3,
            "ms",
        ),
    ]


async def _in_processes(many: int) -> tuple[float, float]:
    """Memory in MB, and seconds until the scheduler ran, with so many enrolled."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        async with open_database(f"sqlite+aiosqlite:///{file}") as database:
            await prepare(database, Vault(SECRET_KEY), NOW)
            await enrol(database, many, DUE, "telegram")
        memory, ready = (float(part) for part in _run("members", str(file)).split())
        return memory, ready


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench.memory", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _peak() -> float:
    """The most memory this process ever held, in MB.

    On Linux `getrusage` will not do: a process begins with the peak of the one that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS counts in bytes


async def _members(file: str) -> None:
    began = time.perf_counter()
    async with open_database(f"sqlite+aiosqlite:///{file}") as database:
        vault = Vault(SECRET_KEY)
        await unlock(database, vault)
        moment = NOW
        application = build(database, vault, [Void()], lambda: moment)
        application.schedule().scheduler.start(paused=True)
        ready = time.perf_counter() - began
        assert await application.nudge_sender.tick() == DUE
        for _ in range(5):
            moment += timedelta(seconds=1)
            await application.nudge_sender.tick()
        await application.retention.run()
    print(_peak(), ready)


async def _jobs() -> None:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    none = _peak()
    began = time.perf_counter()
    scheduler = AsyncIOScheduler(timezone="UTC")
    for number in range(JOBS):
        scheduler.add_job(print, "cron", hour=9, minute=30, id=str(number), args=[number])
    scheduler.start(paused=True)
    print(_peak(), none, time.perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(_jobs() if sys.argv[1] == "jobs" else _members(sys.argv[2]))

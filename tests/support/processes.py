"""The real program, as a process of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.store.keys.master_key import new_secret_key
from tests.support.paths import PROJECT

TOKEN = "123:abc"


def zone_at_noon() -> str:
    """A zone in which it is about noon now, so that no nudge waits for the morning."""
    ahead = 12 - datetime.now(UTC).hour
    return "Etc/GMT" if ahead == 0 else f"Etc/GMT{-ahead:+d}"


def soon(zone: str, within: timedelta = timedelta(seconds=10)) -> datetime:
    """The next whole minute in `zone` that is at least `within` away."""
    at = (datetime.now(UTC) + within + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return at.astimezone(ZoneInfo(zone))


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a program whose files are in `folder`, and no other setting."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OLIEVLEK_")}
    given = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'olievlek.db'}",
        "SECRET_KEY": new_secret_key(),
        "HTTP_PORT": "0",
        "LOG_FORMAT": "json",
        "TIME_ZONE": zone_at_noon(),
        **settings,
    }
    return {
        **kept,
        "PYTHONPATH": str(PROJECT),
        **{f"OLIEVLEK_{name}": value for name, value in given.items()},
    }


class HasUrl(Protocol):
    """A Bot API server, here or in a process of its own."""

    @property
    def url(self) -> str:
        """Where it is."""
        ...


def full_speed() -> dict[str, str]:
    """The settings of a program that sends as fast as it can."""
    return {"TELEGRAM_PER_SECOND": "1000"}


def on_telegram(server: HasUrl, folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a program that talks to `server`."""
    wanted = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": server.url, **settings}
    return environment(folder, **wanted)


class Program:
    """`olievlek`, started.

    Attributes:
        log: what it said on standard error so far.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log += line.decode()

    async def says(self, words: str, within: float = 20) -> None:
        """Waits until it logged `words`."""
        try:
            async with asyncio.timeout(within):
                while words not in self.log:
                    assert self.process.returncode is None, self.log
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise AssertionError(f"it never said {words!r}, but:\n{self.log}") from error

    async def ends(self, within: float = 15) -> int:
        """Waits until it is over; returns its exit code."""
        async with asyncio.timeout(within):
            code = await self.process.wait()
            await self._reading
        return code

    async def is_killed(self) -> None:
        """The power goes: kill -9."""
        self.process.kill()
        await self.ends()


async def _start(
    env: Mapping[str, str], folder: Path, words: tuple[str, ...], stdin: int | None = None
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=folder,
        env=dict(env),
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def program(env: Mapping[str, str], folder: Path) -> AsyncIterator[Program]:
    """`olievlek run`, stopped at the end if it still runs."""
    process = await _start(env, folder, ("run",))
    started = Program(process)
    try:
        yield started
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await started.ends()


async def command(
    env: Mapping[str, str], folder: Path, *words: str, given: str | bytes = ""
) -> tuple[int, str, str]:
    """Runs a command to its end: its exit code, and what it said on both outputs."""
    process = await _start(env, folder, words, asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        out, err = await process.communicate(given.encode() if isinstance(given, str) else given)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()

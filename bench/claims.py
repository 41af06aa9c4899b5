"""What it costs to claim the members that are due, by how many there are."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bench.crowd import NOW, enrol, next_day
from bench.lines import Line
from bot.delivery.nudges.nudge_claims import claim_nudges
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from tests.support.postgresql import PostgreSQL

DUE = 1_000
BATCH = 200
DAYS = 5
CROWDS = (1_000, 100_000, 1_000_000)


@asynccontextmanager
async def databases(folder: Path) -> AsyncIterator[dict[tuple[str, int], str]]:
    """The URLs of an empty database of each kind for each crowd."""
    server = PostgreSQL(folder / "pg")
    try:
        async with AsyncExitStack() as stack:
            urls: dict[tuple[str, int], str] = {}
            for many in CROWDS:
                urls["SQLite", many] = f"sqlite+aiosqlite:///{folder / str(many)}.db"
                urls["PostgreSQL", many] = await stack.enter_async_context(server.database())
            yield urls
    finally:
        server.stop()


async def measure() -> list[Line]:
    """1,000 due among a thousand, a hundred thousand and a million."""
    took: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with databases(Path(folder)) as urls:
            for kind in ("SQLite", "PostgreSQL"):
                of_kind = {many: urls[kind, many] for many in CROWDS}
                seconds = await claim_seconds(of_kind)
                took |= {(kind, many): shortest for many, shortest in seconds.items()}
    in_both = Line(
        "claim 1,000 due among 1,000 members, PostgreSQL; against SQLite",
        took["PostgreSQL", CROWDS[0]] * 1e3,
        took["SQLite", CROWDS[0]] * 1e3,
        "ms",
        at_most=1.5,
    )
    return [in_both] + [
        Line(
            f"claim 1,000 due among {many:,} members, {kind}; against among 1,000",
            took[kind, many] * 1e3,
            took[kind, CROWDS[0]] * 1e3,
            "ms",
            at_most=1.3,
        )
        for kind in ("SQLite", "PostgreSQL")
        for many in CROWDS[1:]
    ]


async def claim_seconds(urls: dict[int, str]) -> dict[int, float]:
    """Seconds to claim 1,000 due members out of so many, the shortest of five days.

    Each day comes to all crowds before the next one does, so that a machine that has other things
    to do for a while does not spoil the figures of one crowd alone.
    """
    took: dict[int, list[float]] = {many: [] for many in urls}
    async with AsyncExitStack() as stack:
        crowds = {}
        for many, url in urls.items():
            crowds[many] = await stack.enter_async_context(open_database(url))
            await prepare(crowds[many], Vault(new_secret_key()), NOW)
            await enrol(crowds[many], many, DUE, "telegram")
        for number in range(DAYS):
            for many, database in crowds.items():
                took[many].append(await _one_day(database, NOW + timedelta(days=number)))
    return {many: min(days) for many, days in took.items()}


async def _one_day(database: Database, day: datetime) -> float:
    await next_day(database, DUE, day)
    began = time.perf_counter()
    assert await claim_all(database, day) == DUE
    return time.perf_counter() - began


async def claim_all(database: Database, now: datetime) -> int:
    """Claims until there is no more; how many nudges that were."""
    claimed, more = 0, True
    while more:
        async with database.transaction() as session:
            found = await claim_nudges(session, now, ["telegram"], BATCH, now)
        claimed, more = claimed + len(found.items), found.more
    return claimed


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())

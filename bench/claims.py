"""What it costs to claim the members that are due, by how many there are."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bench.crowd import NOW, enrol, next_day
from bench.lines import Line
from bot.app import open_database, prepare
from bot.dispatch.claim import claim
from bot.store.engine import Database
from bot.store.vault import Vault, new_secret_key
from tests.servers.postgresql import PostgreSQL

DUE = 1_000
BATCH = 200
DAYS = 5
CROWDS = (1_000, 100_000, 1_000_000)


@asynccontextmanager
async def databases(folder: Path) -> AsyncIterator[dict[str, str]]:
    """The URLs of an empty database of each kind."""
    server = PostgreSQL(folder / "pg")
    try:
        async with server.database() as url:
            yield {"SQLite": f"sqlite+aiosqlite:///{folder / 'bench.db'}", "PostgreSQL": url}
    finally:
        server.stop()


async def measure() -> list[Line]:
    """1,000 due among a thousand, a hundred thousand and a million."""
    took: dict[tuple[str, int], float] = {}
    for many in CROWDS:
        with tempfile.TemporaryDirectory() as folder:
            async with databases(Path(folder)) as urls:
                for kind, url in urls.items():
                    took[kind, many] = await claim_seconds(url, many)
    return [
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


async def claim_seconds(url: str, many: int) -> float:
    """Seconds to claim 1,000 due members out of `many`, the shortest of five days."""
    async with open_database(url) as database:
        await prepare(database, Vault(new_secret_key()), NOW)
        await enrol(database, many, DUE, "telegram")
        days = [NOW + timedelta(days=number) for number in range(DAYS)]
        return min([await _one_day(database, day) for day in days])


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
            found = await claim(session, now, ["telegram"], BATCH, now)
        claimed, more = claimed + len(found.parcels), found.more
    return claimed


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())

"""What the daily retention costs when everybody has rounds that become counts, and when nobody has.

The baseline deletes the same nudges from a copy of the database with one bare statement.
"""

import asyncio
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from bench.crowd import NOW, enrol, settle
from bench.lines import Line
from bench.years import CHANNEL, NUDGES
from bot.core.privacy.retention import DEFAULT_PERIODS, cutoffs_at
from bot.delivery.maintenance.retention import RetentionJob
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.nudges import RoundCountsRow

MEMBERS, ROUNDS = 10_000, 120  # a round a week, of which some are older than two years
CUT = "UPDATE nudges SET moments_cut = true, sent_at = date(sent_at) || ' 00:00:00.000000'"


async def measure() -> list[Line]:
    """Retention of ten thousand members on SQLite: with old rounds, and without."""
    with tempfile.TemporaryDirectory() as folder:
        file, copy = Path(folder) / "bench.db", Path(folder) / "copy.db"
        async with open_database(f"sqlite+aiosqlite:///{file}") as database:
            vault = Vault(new_secret_key())
            await prepare(database, vault, NOW - timedelta(weeks=ROUNDS + 1))
            await enrol(database, MEMBERS, 0, CHANNEL)
            await _fill(database)
            await settle(database)
            assert await database.checkpoint_wal()
            shutil.copy(file, copy)
            job = RetentionJob(database, vault, lambda: NOW, DEFAULT_PERIODS, lambda: True)
            first, counted = await _run(job)
            again, _ = await _run(job)
            async with database.reading() as session:
                assert await session.scalar(select(func.count(RoundCountsRow.member_id))) == MEMBERS
        async with open_database(f"sqlite+aiosqlite:///{copy}") as plain:
            bare, deleted = await _delete(plain)
    assert counted == deleted > MEMBERS
    return [
        Line(
            f"retention that makes counts of {counted:,} rounds of {MEMBERS:,} members, against one"
            " statement that deletes them",
            first,
            bare,
            "s",
        ),
        Line("retention with nothing to do, against that", again, first, "s", at_most=0.2),
    ]


async def _fill(database: Database) -> None:
    """Gives everybody their rounds, of which the minutes are cut already."""
    monday = NOW - timedelta(days=NOW.weekday())
    async with database.engine.begin() as connection:
        query = text("SELECT min(id), count(*) FROM challenges")
        first, challenges = (await connection.execute(query)).one()
        values = {"rounds": ROUNDS, "first": first, "challenges": challenges}
        await connection.execute(text(NUDGES), {**values, "monday": f"{monday:%Y-%m-%d %H:%M:%S}"})
        await connection.execute(text(CUT))
        await connection.execute(text("UPDATE members SET seen_on = :day"), {"day": f"{NOW:%F}"})


async def _run(job: RetentionJob) -> tuple[float, int]:
    began = time.perf_counter()
    counts = await job.run()
    return time.perf_counter() - began, counts["answers"]


async def _delete(database: Database) -> tuple[float, int]:
    began = time.perf_counter()
    async with database.engine.begin() as connection:
        old = {"day": cutoffs_at(NOW, DEFAULT_PERIODS).answers.isoformat()}
        result = await connection.execute(text("DELETE FROM nudges WHERE day < :day"), old)
    return time.perf_counter() - began, result.rowcount


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())

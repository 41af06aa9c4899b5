"""How long it takes to claim the members that are due, among how many there are."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from bot.app import open_database, prepare
from bot.core.rhythm import WORKWEEK
from bot.dispatch.claim import claim
from bot.store.engine import Database
from bot.store.members import FIRST_TIME
from bot.store.tables import AddressRow, MemberRow, NudgeRow
from bot.store.vault import Vault, new_secret_key

DUE = 1_000
BATCH = 200
ROUNDS = 5
NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


async def claim_seconds(enrolled: int) -> float:
    """Seconds to claim 1,000 due members out of `enrolled`, the shortest of five days."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}") as database:
            await prepare(database, Vault(new_secret_key()), NOW)
            await _enrol(database, enrolled)
            took = [await _one_day(database, NOW + timedelta(days=n)) for n in range(ROUNDS)]
    return min(took)


async def _enrol(database: Database, enrolled: int) -> None:
    """The first 1,000 are due now; the others in a year."""
    common = {
        "language": "nl",
        "weekdays": WORKWEEK,
        "nudge_time": FIRST_TIME,
        "zone": "Europe/Amsterdam",
        "joined_at": NOW,
        "welcomed": True,
    }
    rows = [
        {
            **common,
            "id": number,
            "next_nudge_at": NOW if number <= DUE else NOW + timedelta(days=365),
        }
        for number in range(1, enrolled + 1)
    ]
    addresses = [
        {"member_id": row["id"], "channel": "terminal", "address": str(row["id"])} for row in rows
    ]
    async with database.transaction() as session:
        await session.execute(insert(MemberRow), rows)
        await session.execute(insert(AddressRow), addresses)


async def _one_day(database: Database, now: datetime) -> float:
    began = time.perf_counter()
    more = True
    while more:
        async with database.transaction() as session:
            more = (await claim(session, now, ["terminal"], BATCH, now)).more
    took = time.perf_counter() - began
    async with database.transaction() as session:
        await session.execute(update(NudgeRow).values(send_at=None))
        due = update(MemberRow).where(MemberRow.id <= DUE)
        await session.execute(due.values(next_nudge_at=now + timedelta(days=1)))
    return took

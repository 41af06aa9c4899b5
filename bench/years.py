"""What five years of history cost: disk, a backup, and how soon ten thousand are answered."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text

from bench.claims import claim_all
from bench.crowd import NOW, enrol, next_day, settle
from bench.lines import Line, p99
from bench.memory import Void
from bot.app import Application, build
from bot.messages import Address, Incoming, Pressed, Typed
from bot.startup import open_database, prepare
from bot.store.admin.backup import back_up
from bot.store.challenges import history
from bot.store.db.engine import Database
from bot.store.keys.master_key import new_secret_key
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.nudges import NudgeRow

MEMBERS = 10_000
DUE = 1_000
ASKED = 200  # members who ask for their streak, look back, and press
DAYS = 5
MONTH, FIVE_YEARS = 4, 260  # in weeks, with a round in each
READ_BACK = timedelta(weeks=5)  # a little more than /terugblik shows
RECEIPTS = 3  # the nudge, the question and the thanks
WORDS = "Ik vroeg bij de snackbar wat er speelt, en hoorde van een plan dat nog niemand kende. " * 2
CHANNEL = "telegram"

# A round every Monday, of which four in five were done.
NUDGES = """
WITH RECURSIVE rounds(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM rounds WHERE n < :rounds)
INSERT INTO nudges (member_id, challenge_id, round_at, day, per_week, extra, swaps, attempts,
                    sent_at, answer, answered_at)
SELECT members.id, :first + (members.id + n) % :challenges, at, date(at), 1, false, 0, 1, at,
       CASE WHEN (members.id + n) % 5 = 0 THEN NULL ELSE 'done' END,
       CASE WHEN (members.id + n) % 5 = 0 THEN NULL ELSE at END
FROM members CROSS JOIN (
    SELECT n, strftime('%Y-%m-%d %H:%M:%S.000000', :monday,
                       (-7 * n) || ' days') AS at
    FROM rounds
) ORDER BY n DESC
"""
RECEIPTS_OF_NUDGES = f"""
WITH RECURSIVE parts(p) AS (SELECT 1 UNION ALL SELECT p + 1 FROM parts WHERE p < {RECEIPTS})
INSERT INTO receipts (nudge_id, channel, address, receipt, purpose, has_buttons)
SELECT id, :channel, CAST(member_id AS varchar), CAST(-id * {RECEIPTS} - p AS varchar),
       CASE p WHEN 1 THEN 'nudge' WHEN 2 THEN 'question' ELSE 'thanks' END, false
FROM nudges CROSS JOIN parts ORDER BY 3, 4
"""
# What nobody reads back need not be readable: it is as long, and as hard to compress.
REFLECTIONS = """
INSERT INTO reflections (member_id, nudge_id, key_id, source, sealed, written_at)
SELECT member_id, id, member_id, 'bench-' || id, randomblob(:size), answered_at
FROM nudges WHERE answer = 'done' AND (member_id > :asked OR answered_at < :since)
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on one database.

    Attributes:
        megabytes: the size of the file, in 10^6 bytes.
        backup: seconds that a backup takes.
        milliseconds: the p99 of what members do and the time of a claim of 1,000, by name.
    """

    megabytes: float
    backup: float
    milliseconds: dict[str, float]


async def measure() -> list[Line]:
    """Five years beside a month, on SQLite."""
    month, years = await figures(MONTH), await figures(FIVE_YEARS)
    per_year = 52 / (FIVE_YEARS - MONTH) / MEMBERS * 1e3
    return [
        Line(
            f"size on disk of {MEMBERS:,} members with five years, against with a month; "
            f"{(years.megabytes - month.megabytes) * per_year:.0f} kB a member and year",
            years.megabytes,
            month.megabytes,
            "MB",
        ),
        Line("a backup of it, against with a month", years.backup, month.backup, "s"),
        *(
            Line(
                f"{name} with five years behind everybody, against with a month",
                took,
                month.milliseconds[name],
                "ms",
                at_most=2 if name.startswith("claim") else None,
            )
            for name, took in years.milliseconds.items()
        ),
    ]


async def figures(weeks: int) -> Figures:
    """Fills a database with so many weeks for everybody, and measures it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        async with open_database(f"sqlite+aiosqlite:///{file}") as database:
            vault = Vault(new_secret_key())
            await prepare(database, vault, NOW - timedelta(weeks=FIVE_YEARS + 1))
            await enrol(database, MEMBERS, DUE, CHANNEL)
            await _fill(database, vault, weeks)
            await settle(database)
            size = file.stat().st_size / 1e6
            began = time.perf_counter()
            await asyncio.to_thread(back_up, file, file.with_name("copy.db"))
            backup = time.perf_counter() - began
            return Figures(size, backup, await _milliseconds(database, vault))


async def _fill(database: Database, vault: Vault, rounds: int) -> None:
    """Writes the rounds of everybody, with their receipts and reflections."""
    monday = NOW - timedelta(days=NOW.weekday())
    async with database.engine.begin() as connection:
        first, challenges = (
            await connection.execute(text("SELECT min(id), count(*) FROM challenges"))
        ).one()
        await connection.execute(
            text(NUDGES),
            {
                "rounds": rounds,
                "first": first,
                "challenges": challenges,
                "monday": f"{monday:%Y-%m-%d %H:%M:%S}",
            },
        )
        await connection.execute(text(RECEIPTS_OF_NUDGES), {"channel": CHANNEL})
        size = len(WORDS.encode()) + 28  # the nonce and the tag
        since = f"{NOW - READ_BACK:%Y-%m-%d %H:%M:%S.%f}"
        await connection.execute(text(REFLECTIONS), {"size": size, "asked": ASKED, "since": since})
    for member_id in range(1, ASKED + 1):
        await _write_reflections(database, vault, member_id)
    for start in range(1, MEMBERS + 1, 500):
        async with database.transaction() as session:
            await history.recipients(
                session, range(start, min(start + 500, MEMBERS + 1)), NOW, planned=True
            )


async def _write_reflections(database: Database, vault: Vault, member_id: int) -> None:
    """Writes what a member wrote about each round of the last weeks that was done, sealed."""
    async with database.transaction() as session:
        query = select(NudgeRow.id, NudgeRow.answered_at).where(
            NudgeRow.member_id == member_id, NudgeRow.answered_at >= NOW - READ_BACK
        )
        diary = Diary(session, vault, member_id)
        for nudge_id, at in (await session.execute(query)).all():
            await diary.write(nudge_id, f"bench-{nudge_id}", WORDS, at or NOW)


async def _milliseconds(database: Database, vault: Vault) -> dict[str, float]:
    moment = NOW
    application = build(database, vault, [Void()], lambda: moment)
    took = {"claim of 1,000 due": min([await _claim(database, day) for day in range(DAYS)]) * 1e3}
    await next_day(database, ASKED, NOW + timedelta(days=DAYS))
    moment = NOW + timedelta(days=DAYS)
    assert await application.nudge_sender.tick() == ASKED
    async with database.reading() as session:
        rows = await session.execute(
            text("SELECT member_id, max(id) FROM nudges WHERE member_id <= :asked GROUP BY 1"),
            {"asked": ASKED},
        )
        nudges: dict[int, int] = dict(rows.tuples().all())
    contents: dict[str, Callable[[int], Typed | Pressed]] = {
        "p99 of a press on Gedaan": lambda member: Pressed(f"done:{nudges[member]}", "1"),
        "p99 of /reeks": lambda member: Typed("/reeks", f"streak-{member}"),
        "p99 of /terugblik": lambda member: Typed("/terugblik", f"review-{member}"),
    }
    for name, content in contents.items():
        seconds = [
            await _answer_seconds(
                application,
                Incoming(
                    f"{name}-{member}", Address(CHANNEL, str(member)), moment, content(member)
                ),
            )
            for member in range(1, ASKED + 1)
        ]
        took[name] = p99(seconds) * 1e3
    return took


async def _answer_seconds(application: Application, incoming: Incoming) -> float:
    began = time.perf_counter()
    await application.replies.handle(incoming)
    return time.perf_counter() - began


async def _claim(database: Database, number: int) -> float:
    day = NOW + timedelta(days=number)
    await next_day(database, DUE, day)
    began = time.perf_counter()
    assert await claim_all(database, day) == DUE
    return time.perf_counter() - began


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())

"""What it costs to choose the next challenge, and to publish many; by how many there are."""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from bench.claims import claim_all
from bench.crowd import NOW, SECRET_KEY, enrol, next_day
from bench.lines import Line
from bot.core.challenges.challenge import Challenge, ChallengeSet, ChallengeText, Title
from bot.set_files.reader import read_bytes
from bot.startup import open_database, unlock
from bot.store.challenges import diff, publications
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.members.vault import Vault

DUE = 200
DAYS = 15
FEW, MANY = (2, 10), (20, 100)  # so many sets, with so many challenges each
ROUNDS = (10, 1_000)
PUSHED = (2, 500)
PUSH_SECONDS = 3.0


def made(number: int, size: int) -> ChallengeSet:
    """A set with texts as long as they usually are."""
    return ChallengeSet(
        set=f"set-{number}",
        title=Title.of(nl=f"Set {number}", en=f"Set {number}"),
        challenges=tuple(
            Challenge.of(
                id=f"challenge-{n}",
                minutes=10,
                daring=1 + n % 3,
                nl=ChallengeText(task=f"Doe iets nieuws, {n}. " * 8, reflect="Wat hoorde je daar?"),
                en=ChallengeText(task=f"Do something new, {n}. " * 8, reflect="What did you hear?"),
            )
            for n in range(size)
        ),
    )


async def measure() -> list[Line]:
    """Twenty challenges and two thousand, ten rounds and a thousand, and a push of a thousand."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        by_size = await _seconds(place, {"few": (FEW, 10), "many": (MANY, 10)})
        by_past = await _seconds(place, {"short": (FEW, ROUNDS[0]), "long": (FEW, ROUNDS[1])})
        pushed = await _push(place)
    return [
        Line(
            f"claim {DUE} due with 2,000 challenges to choose from; against with 20",
            by_size["many"] * 1e3,
            by_size["few"] * 1e3,
            "ms",
            at_most=1.3,
        ),
        Line(
            f"claim {DUE} due after 1,000 answered rounds each; against after 10",
            by_past["long"] * 1e3,
            by_past["short"] * 1e3,
            "ms",
            at_most=1.3,
        ),
        Line(
            "push 1,000 challenges: read, checked, compared, published; against what it may take",
            pushed,
            PUSH_SECONDS,
            "s",
            at_most=1.0,
        ),
    ]


async def _seconds(
    folder: Path, cases: Mapping[str, tuple[tuple[int, int], int]]
) -> dict[str, float]:
    """Seconds to claim those due, the shortest of some days; each comes to all cases."""
    took: dict[str, list[float]] = {name: [] for name in cases}
    async with AsyncExitStack() as stack:
        databases: dict[str, Database] = {}
        for name, ((many, size), rounds) in cases.items():
            url = f"sqlite+aiosqlite:///{folder / name}.db"
            databases[name] = await stack.enter_async_context(open_database(url))
            await migrate.upgrade(databases[name])
            await unlock(databases[name], Vault(SECRET_KEY))
            async with databases[name].transaction() as session:
                for number in range(many):
                    await publications.publish(session, made(number, size), NOW)
            await enrol(databases[name], DUE, DUE, "telegram", rounds)
        for number in range(DAYS):
            for name, database in databases.items():
                day = NOW + timedelta(days=number)
                await next_day(database, DUE, day)
                await (
                    database.checkpoint_wal()
                )  # it wrote all nudges there are, which no bot ever does
                began = time.perf_counter()
                assert await claim_all(database, day) == DUE
                took[name].append(time.perf_counter() - began)
    return {name: min(days) for name, days in took.items()}


async def _push(folder: Path) -> float:
    """Seconds from files to live, one after the other."""
    many, size = PUSHED
    files = [made(number, size).model_dump_json().encode() for number in range(many)]
    async with open_database(f"sqlite+aiosqlite:///{folder / 'push.db'}") as database:
        await migrate.upgrade(database)
        began = time.perf_counter()
        for file in files:
            challenges = read_bytes("set.yaml", file)
            async with database.transaction() as session:
                await diff.compare_with_live(session, challenges, {None: NOW})
                await publications.publish(session, challenges, NOW)
        return time.perf_counter() - began


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())

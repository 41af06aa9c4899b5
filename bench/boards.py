"""What the board of a team costs: the query and the drawing apart, and among how many teams."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.lines import Line
from bench.teams import BIG, enrol_teams
from bot.conversation.render import board
from bot.conversation.words import Words
from bot.core.streaks.team_board import Board
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.teams import TeamRow
from bot.store.teams import weeks
from tests.support.postgresql import PostgreSQL

FRIDAY = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # half past three in Amsterdam
NEXT_MONDAY = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
MINIMUM = 4
MAY_TAKE = 300.0
TIMES = 20
MANY = 5_000
AT_ONCE = 20
# The server of PostgreSQL is a process of its own, so there the time that passes counts.
CLOCKS = {"SQLite": time.process_time, "PostgreSQL": time.perf_counter}
# Of each database, whether there is a team of 300, and how many of six.
CROWDS = {"of 300": (True, 0), "of six": (False, 1), "many": (True, MANY - 1)}
TEAMS = {"of 300": BIG, "of six": BIG + 1}

Databases = dict[tuple[str, str], Database]


@asynccontextmanager
async def databases(folder: Path) -> AsyncIterator[Databases]:
    """A database of each kind with each of `CROWDS` in it."""
    server = PostgreSQL(folder / "pg")
    try:
        async with AsyncExitStack() as stack:
            opened: Databases = {}
            for kind in CLOCKS:
                for crowd, sizes in CROWDS.items():
                    url = f"sqlite+aiosqlite:///{folder / crowd}.db"
                    if kind == "PostgreSQL":
                        url = await stack.enter_async_context(server.database())
                    database = await stack.enter_async_context(open_database(url))
                    await prepare(database, Vault(new_secret_key()), FRIDAY)
                    await enrol_teams(database, *sizes, FRIDAY)
                    opened[kind, crowd] = database
            yield opened
    finally:
        server.stop()


async def measure() -> list[Line]:
    """The board of 300, boards among 5,000 teams, and closing a week of them all."""
    with TemporaryDirectory() as folder:
        async with databases(Path(folder)) as opened:
            lines = await _parts(opened["SQLite", "many"])
            for team in TEAMS:
                lines += [await _among_many(opened, kind, team) for kind in CLOCKS]
            return lines + [await _closing(opened[kind, "many"], kind) for kind in CLOCKS]


async def _parts(database: Database) -> list[Line]:
    """CPU of the first look in a week, which costs most, and of drawing what it found."""
    queries, drawings = [], []
    for _ in range(TIMES):
        began = time.process_time()
        found, titles = await _first_look(database)
        queries.append(time.process_time() - began)
        began = time.process_time()
        board.picture(found, titles, Words("nl")).drawing.draw()
        drawings.append(time.process_time() - began)
    query, drawing = min(queries) * 1e3, min(drawings) * 1e3
    return [
        Line(
            f"CPU of the board of 300 over two years: {part}, against the 300 ms it may take",
            took,
            MAY_TAKE,
            "ms",
            at_most=1,
        )
        for part, took in (("query", query), ("drawing", drawing), ("both", query + drawing))
    ]


async def _first_look(database: Database) -> tuple[Board, board.Titles]:
    """What somebody sees who is the first to look this week; it does not stay so."""
    async with database.transaction() as session:
        team = await session.get_one(TeamRow, BIG)
        found = await weeks.board_of(session, team, MINIMUM, FRIDAY)
        titles = await board.titles_in(session, "nl")
        await session.rollback()
    return found, titles


async def _among_many(opened: Databases, kind: str, team: str) -> Line:
    """A look at a team that is alone, and at one among 5,000, in turn."""
    took: dict[str, list[float]] = {team: [], "many": []}
    for _ in range(TIMES):
        for crowd, looks in took.items():
            looks.append(await _look(opened[kind, crowd], kind, TEAMS[team]))
    return Line(
        f"the board of a team {team} among {MANY:,} teams, {kind}; against alone",
        min(took["many"]) * 1e3,
        min(took[team]) * 1e3,
        "ms",
        at_most=1.2,
    )


async def _look(database: Database, kind: str, number: int) -> float:
    clock = CLOCKS[kind]
    began = clock()
    async with database.transaction() as session:
        team = await session.get_one(TeamRow, number)
        await weeks.board_of(session, team, MINIMUM, FRIDAY)
    return clock() - began


async def _closing(database: Database, kind: str) -> Line:
    """Closing the last week of a team, on average over them all, and looking at its board."""
    look = min([await _look(database, kind, TEAMS["of six"]) for _ in range(TIMES)])
    closed, began = 0, time.perf_counter()
    while found := await _close_some(database):
        closed += found
    each = (time.perf_counter() - began) / closed
    return Line(
        f"closing a week of {closed:,} teams, {kind}: of each; against a look at its board",
        each * 1e3,
        look * 1e3,
        "ms",
    )


async def _close_some(database: Database) -> int:
    async with database.transaction() as session:
        found = await weeks.teams_to_close(session, NEXT_MONDAY.date(), AT_ONCE)
        for team in found:
            await weeks.close_weeks(session, team, MINIMUM, NEXT_MONDAY)
        return len(found)


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())

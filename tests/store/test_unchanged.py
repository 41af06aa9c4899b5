"""What was read is not read again before something is committed, by whichever process."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import Application
from bot.store.db.engine import Database
from bot.store.db.unchanged import UnchangedRead
from bot.store.schema.challenges import SetVersionRow
from tests.support.databases import on_sqlite, statements_of
from tests.support.fakes import FakeMember, FixedClock

ADD_ROW = "INSERT INTO elsewhere (amount) VALUES (1)"
WRITE = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
"""


async def count_sets(session: AsyncSession, at_least: int) -> int:
    """Returns how many sets there are, and at least so many."""
    return max(at_least, await session.scalar(select(func.count(SetVersionRow.id))) or 0)


async def test_it_is_read_again_after_each_commit_and_only_then(database: Database) -> None:
    read = UnchangedRead(database, count_sets)
    with statements_of(database) as asked:
        count = await read(0)
        assert asked
        asked.clear()
        assert await read(0) == count
        assert bool(asked) is not database.is_sqlite  # PostgreSQL may have changed elsewhere
        assert await read(count + 7) == count + 7
        assert await read(0) == count
        async with database.transaction() as session:
            await session.execute(text("UPDATE set_versions SET source = 'x'"))
        asked.clear()
        assert await read(0) == count
        assert asked
        asked.clear()
        read.forget()
        assert await read(0) == count
        assert asked


async def test_each_commit_of_another_process_changes_the_state(database: Database) -> None:
    if not database.is_sqlite:
        assert await database.committed_state() is None
        return
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE elsewhere (amount INTEGER)"))
    with closing(sqlite3.connect(str(database.file), isolation_level=None)) as other:
        states = [await database.committed_state()]
        for number in range(400):
            other.execute(ADD_ROW)
            states.append(await database.committed_state())
            if number % 50 == 0:  # the log begins anew, at the same length or empty
                await database.checkpoint_wal()
                states[-1] = await database.committed_state()
        assert None not in states and len(set(states)) == len(states)
        other.execute("BEGIN IMMEDIATE")
        other.execute(ADD_ROW)
        assert await database.committed_state() == states[-1]  # not committed yet
        other.execute("ROLLBACK")
        assert await database.committed_state() == states[-1]
        async with database.reading() as session:
            await session.execute(text("SELECT * FROM elsewhere"))
        async with database.transaction():
            """Changes nothing."""
        assert await database.committed_state() == states[-1]


@on_sqlite
async def test_asking_ends_no_lock_that_other_processes_have_to_wait_for(
    database: Database,
) -> None:
    def another_process_writes() -> str:
        command = [sys.executable, "-c", WRITE, str(database.file)]
        return subprocess.run(command, capture_output=True, check=False, text=True).stderr

    async with database.transaction() as session:
        await session.execute(text("UPDATE set_versions SET source = 'x'"))
        assert await database.committed_state() is not None
        assert "database is locked" in await asyncio.to_thread(another_process_writes)
    assert await asyncio.to_thread(another_process_writes) == ""


@on_sqlite
async def test_nothing_is_known_of_before_the_connections_were_renewed(database: Database) -> None:
    before = await database.committed_state()
    await database.renew()
    assert await database.committed_state() not in (None, before)


async def test_where_there_is_no_file_the_state_is_not_known() -> None:
    nowhere = Database("sqlite+aiosqlite:///:memory:")
    assert await nowhere.committed_state() is None
    await nowhere.close()


async def test_an_idle_bot_asks_sqlite_for_nothing(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    schedule = application.schedule()

    async def look_everywhere() -> None:
        for job in (schedule.outbox, schedule.nudges, schedule.digests):
            await job.look()
        await application.menu_updater.refresh()
        await application.link_expiry.expire()

    await look_everywhere()
    clock.passes(seconds=30)
    with statements_of(application.database) as asked:
        await look_everywhere()
        assert bool(asked) is not application.database.is_sqlite
        await member.says("/ritme ma 10:05")
        asked.clear()
        await look_everywhere()
        assert asked

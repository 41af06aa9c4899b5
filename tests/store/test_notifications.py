"""Replicas on PostgreSQL hear what the others make due."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from sqlalchemy import text

from bot.store.db.engine import Database
from bot.store.db.notifications.due_moments import NOTIFY_CHANNEL, note_due
from bot.store.db.notifications.notifications import listen
from tests.support.databases import on_sqlite
from tests.support.fakes import MONDAY


class Replica:
    """A process that listens on a database of its own."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.heard: asyncio.Queue[datetime] = asyncio.Queue()
        self.connections = 0
        self.connected = asyncio.Event()
        self.database.due_moments.listen(self.heard.put_nowait)

    def on_connected(self) -> None:
        """Counts it."""
        self.connections += 1
        self.connected.set()


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Replica]:
    """A replica that listens until the end of the block."""
    replica = Replica(url)
    task = asyncio.create_task(listen(replica.database, replica.on_connected))
    try:
        async with asyncio.timeout(10):
            await replica.connected.wait()
        yield replica
    finally:
        task.cancel()
        await asyncio.wait([task])
        await replica.database.close()


async def test_what_a_replica_makes_due_the_others_hear_at_its_commit(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    async with listening(postgresql_url) as other, asyncio.timeout(10):
        async with database.transaction() as session:
            await note_due(session, MONDAY)
            assert other.heard.empty()
        assert await other.heard.get() == MONDAY
    await database.close()


async def test_a_rollback_says_nothing(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    async with listening(postgresql_url) as other, asyncio.timeout(10):
        with pytest.raises(RuntimeError):
            async with database.transaction() as session:
                await note_due(session, MONDAY)
                raise RuntimeError
        later = MONDAY.replace(hour=12)
        async with database.transaction() as session:
            await note_due(session, later)
        assert await other.heard.get() == later
    await database.close()


async def test_a_broken_connection_is_replaced(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    async with listening(postgresql_url) as other, asyncio.timeout(10):
        other.connected.clear()
        async with database.transaction() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            )
        await other.connected.wait()  # so that it looks at what it may have missed
        assert other.connections == 2
        async with database.transaction() as session:
            await note_due(session, MONDAY)
        assert await other.heard.get() == MONDAY
    await database.close()


async def test_what_is_no_moment_is_passed_over(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    async with listening(postgresql_url) as other, asyncio.timeout(10):
        async with database.transaction() as session:
            notify = text("SELECT pg_notify(:channel, 'soon')")
            await session.execute(notify, {"channel": NOTIFY_CHANNEL})
            await note_due(session, MONDAY)
        assert await other.heard.get() == MONDAY
        assert other.connections == 1
    await database.close()


@on_sqlite
async def test_on_sqlite_there_is_nobody_to_hear(database: Database) -> None:
    async with asyncio.timeout(10):
        await listen(database, lambda: None)

"""The engine and its sessions, and what SQLite needs to be told."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

BUSY_MILLISECONDS = 5_000


def is_locked(error: BaseException) -> bool:
    """Whether another program holds the database, so that trying again may help."""
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


class Database:
    """One engine, handing out sessions that are one transaction each.

    Args:
        url: SQLAlchemy's database URL, with an async driver.
        busy_milliseconds: how long SQLite waits for a lock that another connection holds.
    """

    def __init__(self, url: str, busy_milliseconds: int = BUSY_MILLISECONDS) -> None:
        self.url = make_url(url)
        self.engine = create_async_engine(self.url, hide_parameters=True)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        if self.url.get_backend_name() == "sqlite":
            _prepare_sqlite(self.engine, busy_milliseconds)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end, or rolls back when something is raised."""
        async with self._sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads, and so never waits for a writer."""
        async with self._sessions() as session:
            await session.connection(execution_options={"sqlite_begin": "DEFERRED"})
            yield session

    async def fold(self) -> None:
        """Folds SQLite's write-ahead log into the file, so that what was erased is in neither."""
        if self.url.get_backend_name() == "sqlite":
            async with self.engine.connect() as connection:
                # Past SQLAlchemy, which would begin a transaction; no checkpoint can run in one.
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Closes every connection; on SQLite that also folds the WAL into the file."""
        await self.engine.dispose()


def file_trouble(url: str) -> str | None:
    """Why a SQLite file cannot be opened; None when it can. A new one is its owner's alone to read.

    Asked before the engine does: a connection that fails to open leaves the driver's thread behind.
    """
    path = make_url(url).database or ":memory:"
    try:
        if path != ":memory:":
            with suppress(OSError):
                Path(path).touch(mode=0o600, exist_ok=False)  # its WAL gets the same mode
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        return str(error)
    return None


def patiently() -> AsyncRetrying:
    """Tries again, for some seconds, while the database is locked."""
    return AsyncRetrying(
        retry=retry_if_exception(is_locked),
        wait=wait_random_exponential(multiplier=0.05, max=1),
        stop=stop_after_delay(8),
        reraise=True,
    )


def _prepare_sqlite(engine: AsyncEngine, busy_milliseconds: int) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: on_begin does, and says which kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={busy_milliseconds}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is overwritten, a member's key above all
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A transaction that will write takes its lock at once; upgrading later can only fail.
        options: dict[str, Any] = dict(connection.get_execution_options())
        connection.exec_driver_sql(f"BEGIN {options.get('sqlite_begin', 'IMMEDIATE')}")

"""Leader election: PostgreSQL's advisory locks decide which replica leads a channel."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from zlib import crc32

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db.engine import ADVISORY_LOCK_SPACE, Database
from bot.store.db.errors import DATABASE_ERRORS, error_message

log = structlog.get_logger(__name__)

TRY_SECONDS = 1.0
WATCH_SECONDS = 1.0
ANSWER_SECONDS = 5.0
# The leader sends a query each second; after this time without one the server frees its lock.
IDLE_MILLISECONDS = 15_000
STANDING_BY = "another replica has it; this one stands by"


@asynccontextmanager
async def leadership(database: Database, name: str) -> AsyncIterator[asyncio.Event]:
    """Waits until this replica leads `name`, and leads until the end of the block.

    On SQLite there is one process, which leads everything. On PostgreSQL the lead is an advisory
    lock of a connection: when the process crashes the server frees the lock at once, and when its
    machine disappears within 15 s; another replica takes it within a second after that.

    Yields:
        An event that is set when the lead is lost, because the connection is.
    """
    lost = asyncio.Event()
    if database.is_sqlite:
        yield lost
        return
    connection = await _acquire(database, name)
    driver: Any = (await connection.get_raw_connection()).driver_connection

    def lose(reason: str) -> None:
        if not lost.is_set():
            log.warning("the lead is lost", channel=name, error=reason)
            lost.set()

    def on_termination(_: object) -> None:
        lose("the connection is closed")

    driver.add_termination_listener(on_termination)  # at once; `_watch` finds hangs
    watching = asyncio.create_task(_watch(connection, lose))
    try:
        yield lost
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        driver.remove_termination_listener(on_termination)
        # The lock ends with its connection, so close that: back in the pool it would keep the lock.
        with suppress(*DATABASE_ERRORS):
            await connection.invalidate()
        with suppress(*DATABASE_ERRORS):
            await connection.close()


async def _acquire(database: Database, name: str) -> AsyncConnection:
    """Tries each second until it gets the lock, and returns the connection that holds it."""
    last_logged: str | None = None  # the same state is logged once, not every second
    while True:
        try:
            async with asyncio.timeout(2 * ANSWER_SECONDS):
                connection = await database.engine.connect()
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text(f"SET idle_session_timeout = {IDLE_MILLISECONDS}"))
            while not await _try_lock(connection, name):
                if last_logged != STANDING_BY:
                    log.info(STANDING_BY, channel=name)
                    last_logged = STANDING_BY
                await asyncio.sleep(TRY_SECONDS)
            return connection
        except DATABASE_ERRORS as error:
            if last_logged != error_message(error):
                log.warning("cannot ask for the lead", channel=name, error=error_message(error))
                last_logged = error_message(error)
            await asyncio.sleep(TRY_SECONDS)


async def _try_lock(connection: AsyncConnection, name: str) -> bool:
    key = crc32(name.encode()) - 2**31  # PostgreSQL's keys are signed
    query = text("SELECT pg_try_advisory_lock(:ours, :key)")
    async with asyncio.timeout(ANSWER_SECONDS):
        return bool(await connection.scalar(query, {"ours": ADVISORY_LOCK_SPACE, "key": key}))


async def _watch(connection: AsyncConnection, lose: Callable[[str], None]) -> None:
    """Sends a query each second, and calls `lose` when it fails or takes longer than 5 s."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await connection.execute(text("SELECT 1"))
        except DATABASE_ERRORS as error:
            lose(error_message(error))
            return

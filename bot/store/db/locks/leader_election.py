"""Leader election: PostgreSQL's advisory locks decide which replica leads, such as a channel."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from zlib import crc32

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.locks.advisory import ADVISORY_LOCK_SPACE

log = structlog.get_logger(__name__)

ELECTION_SECONDS = 1.0
ANSWER_SECONDS = 5.0
# The leader sends a query every few seconds; after this time without one its lock is freed.
IDLE_MILLISECONDS = 15_000
STANDING_BY = "another replica has it; this one stands by"


@asynccontextmanager
async def leadership(
    database: Database, name: str, seconds: float = ELECTION_SECONDS
) -> AsyncIterator[asyncio.Event]:
    """Waits until this replica leads `name`, and leads until the end of the block.

    On SQLite there is one process, which leads everything. On PostgreSQL the lead is an advisory
    lock of a connection: when the process crashes the server frees the lock at once, and when its
    machine disappears within 15 s; another replica takes it within `seconds` after that.

    Args:
        database: where it is decided.
        name: what is led: a channel, or the maintenance.
        seconds: between two queries, of the leader and of those that stand by; less than 10.

    Yields:
        An event that is set when the lead is lost, because the connection is.
    """
    lost = asyncio.Event()
    if database.is_sqlite:
        yield lost
        return
    connection = await _acquire(database, name, seconds)
    driver: Any = (await connection.get_raw_connection()).driver_connection

    def lose(reason: str) -> None:
        if not lost.is_set():
            log.warning("the lead is lost", lead=name, error=reason)
            lost.set()

    def on_termination(_: object) -> None:
        lose("the connection is closed")

    driver.add_termination_listener(on_termination)  # at once; `_watch` finds hangs
    watching = asyncio.create_task(_watch(connection, name, seconds, lose))
    try:
        yield lost
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        driver.remove_termination_listener(on_termination)
        await _close(connection)


async def _acquire(database: Database, name: str, seconds: float) -> AsyncConnection:
    """Tries again and again until it gets the lock; returns the connection that holds it."""
    last_logged: str | None = None  # the same state is logged once, not at every try

    def note(state: str) -> bool:
        nonlocal last_logged
        is_new, last_logged = state != last_logged, state
        return is_new

    while True:
        try:
            async with asyncio.timeout(2 * ANSWER_SECONDS):
                connection = await database.engine.connect()
            try:
                await _prepare(connection)
                while not await _try_lock(connection, name):
                    if note(STANDING_BY):
                        log.info(STANDING_BY, lead=name)
                    await asyncio.sleep(seconds)
            except BaseException:  # also when it is cancelled
                await _close(connection)
                raise
            return connection
        except DATABASE_ERRORS as error:
            if note(error_message(error)):
                log.warning("cannot ask for the lead", lead=name, error=error_message(error))
            await asyncio.sleep(ELECTION_SECONDS)


async def _prepare(connection: AsyncConnection) -> None:
    async with asyncio.timeout(ANSWER_SECONDS):
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"SET idle_session_timeout = {IDLE_MILLISECONDS}"))


async def _close(connection: AsyncConnection) -> None:
    """Closes a connection, and so frees its lock; back in the pool it would keep it."""
    with suppress(*DATABASE_ERRORS):
        await connection.invalidate()
    with suppress(*DATABASE_ERRORS):
        await connection.close()


async def _try_lock(connection: AsyncConnection, name: str) -> bool:
    key = crc32(name.encode()) - 2**31  # PostgreSQL's keys are signed
    query = text(f"SELECT pg_try_advisory_lock(:ours, :key) -- {name}")
    async with asyncio.timeout(ANSWER_SECONDS):
        return bool(await connection.scalar(query, {"ours": ADVISORY_LOCK_SPACE, "key": key}))


async def _watch(
    connection: AsyncConnection, name: str, seconds: float, lose: Callable[[str], None]
) -> None:
    """Sends a query now and then, and calls `lose` when it fails or takes longer than 5 s."""
    while True:
        await asyncio.sleep(seconds)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                # An administrator sees the last query of a connection, and so what it leads.
                await connection.execute(text(f"SELECT 1 -- {name}"))
        except DATABASE_ERRORS as error:
            lose(error_message(error))
            return

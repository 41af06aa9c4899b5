"""Notifications: PostgreSQL tells this replica of the due moments and the wakes of others."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import text

from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.notifications import chat_wakes, due_moments

log = structlog.get_logger(__name__)
RECONNECT_SECONDS = 1.0
# A connection that is gone without a word is found by this; until then the slow look is the net.
WATCH_SECONDS = 30.0
ANSWER_SECONDS = 5.0


async def listen(database: Database, on_connected: Callable[[], None]) -> None:
    """Announces to this process what other replicas make due and put in chats, until cancelled.

    On SQLite there are none, and it returns at once. A connection that breaks is replaced; it is
    logged once how that goes.

    Args:
        database: on whose `due_moments` and `chat_wakes` they are announced.
        on_connected: called whenever a connection was made; what was announced before was missed.
    """
    if database.is_sqlite:
        return
    last_error: str | None = None
    while True:
        try:
            await _listen_until_broken(database, on_connected)
        except DATABASE_ERRORS as error:
            if error_message(error) != last_error:
                log.warning("other replicas are not heard", error=error_message(error))
                last_error = error_message(error)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _listen_until_broken(database: Database, on_connected: Callable[[], None]) -> None:
    """Listens on one connection.

    Raises:
        SQLAlchemyError: there is none, or it does not answer any more.
        OSError: the same.
    """

    def on_notification(_: object, __: int, ___: str, moment: str) -> None:
        # One of a later version may look otherwise; the slow look finds what it is about.
        with suppress(ValueError):
            database.due_moments.announce(datetime.fromisoformat(moment))

    def on_wake(_: object, __: int, ___: str, said: str) -> None:
        database.chat_wakes.heard(said)

    broken = asyncio.Event()
    async with asyncio.timeout(2 * ANSWER_SECONDS):
        connection = await database.engine.connect()
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver.add_termination_listener(lambda _: broken.set())
        async with asyncio.timeout(ANSWER_SECONDS):
            await driver.add_listener(due_moments.NOTIFY_CHANNEL, on_notification)
            await driver.add_listener(chat_wakes.NOTIFY_CHANNEL, on_wake)
        on_connected()
        while not broken.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(broken.wait(), WATCH_SECONDS)
            async with asyncio.timeout(ANSWER_SECONDS):
                await connection.execute(text("SELECT 1"))
    finally:
        # It is not for the pool any more: it listens.
        with suppress(*DATABASE_ERRORS):
            await connection.invalidate()
        with suppress(*DATABASE_ERRORS):
            await connection.close()

"""Whether something was committed to a SQLite file, by whichever connection or process."""

import asyncio
import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db.errors import DATABASE_ERRORS

# The driver's own errors come as they are: SQLAlchemy is not between.
TROUBLES = (*DATABASE_ERRORS, sqlite3.Error, ValueError)


class CommitWatch:
    """Asks SQLite for its `data_version`, on a connection that is kept for it and never writes.

    See https://www.sqlite.org/pragma.html#pragma_data_version: it differs after a commit of any
    other connection, and values compare on one connection alone. SQLite has the same in a file
    (`-shm`), which must not be read: whoever closes it ends the locks of this whole process
    (https://www.sqlite.org/howtocorrupt.html).

    Args:
        engine: of the file.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._opened = 0
        self._turn = asyncio.Lock()

    async def state(self) -> tuple[int, int] | None:
        """Returns what stays equal until something is committed; None: that is not known now."""
        async with self._turn:
            try:
                version = await self._data_version()
            except TROUBLES:
                await self._close()
                return None
            return self._opened, version

    async def _data_version(self) -> int:
        if self._connection is None:
            self._connection = await self._engine.connect()
            self._opened += 1
        # Past SQLAlchemy, which would begin a transaction.
        driver: Any = (await self._connection.get_raw_connection()).driver_connection
        [(version,)] = await driver.execute_fetchall("PRAGMA data_version")
        return int(version)

    async def close(self) -> None:
        """Closes the connection; the next call opens another, of which nothing is known yet."""
        async with self._turn:
            await self._close()

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*TROUBLES):
                await connection.close()

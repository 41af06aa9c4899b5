"""A database that says nothing is given up, so that nobody waits for it without end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

log = structlog.get_logger(__name__)


class ConnectionWatchdog:
    """Ends connections to PostgreSQL that keep somebody waiting too long.

    Cancelling whoever waits would not do: the driver then waits, without end, for the server to
    confirm that it stopped. On a connection that has ended every call fails at once instead.

    Args:
        engine: whose connections.
        seconds: how long anybody waits.
    """

    def __init__(self, engine: AsyncEngine, seconds: float) -> None:
        self._seconds = seconds
        self._drivers: WeakSet[Any] = WeakSet()

        @event.listens_for(engine.sync_engine, "connect")
        def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401
            self._drivers.add(connection.driver_connection)

    @contextmanager
    def limited(self) -> Iterator["WatchedOperation"]:
        """From here on, somebody waits. What they ask then fails when it takes too long."""
        wait = WatchedOperation()
        timer = asyncio.get_running_loop().call_later(self._seconds, self._end, wait)
        try:
            yield wait
        finally:
            timer.cancel()

    def end_all(self) -> None:
        """Ends every connection, without a word to the server."""
        for driver in list(self._drivers):
            driver.terminate()

    def _end(self, wait: "WatchedOperation") -> None:
        log.warning("the database says nothing", seconds=self._seconds)
        if wait.driver is not None:
            wait.driver.terminate()
        else:  # still looking for a connection that works; which one it asks is not known
            self.end_all()


class WatchedOperation:
    """Somebody who waits; for which connection, as soon as they have one."""

    def __init__(self) -> None:
        self.driver: Any = None

    async def has(self, connection: AsyncConnection) -> None:
        """They have this connection."""
        self.driver = (await connection.get_raw_connection()).driver_connection

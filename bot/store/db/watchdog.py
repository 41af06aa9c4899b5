"""Connection watchdog: a database that does not answer in time counts as unavailable."""

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
    """Closes connections to PostgreSQL on which an operation takes too long.

    Cancelling the task would not do: the driver then waits without limit for the server to confirm
    the cancellation. On a connection that is closed every call fails at once.

    Args:
        engine: the engine whose connections are watched.
        seconds: how long an operation may take.
    """

    def __init__(self, engine: AsyncEngine, seconds: float) -> None:
        self._seconds = seconds
        self._drivers: WeakSet[Any] = WeakSet()

        @event.listens_for(engine.sync_engine, "connect")
        def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401
            self._drivers.add(connection.driver_connection)

    @contextmanager
    def limited(self) -> Iterator["WatchedOperation"]:
        """Limits the time of an operation: when it runs out, its connection is closed.

        Yields:
            The operation; call `uses` once it has a connection.
        """
        operation = WatchedOperation()
        timer = asyncio.get_running_loop().call_later(self._seconds, self._end, operation)
        try:
            yield operation
        finally:
            timer.cancel()

    def end_all(self) -> None:
        """Closes every connection at once, without waiting for the server to answer."""
        for driver in list(self._drivers):
            driver.terminate()

    def _end(self, operation: "WatchedOperation") -> None:
        log.warning("the database did not answer in time", seconds=self._seconds)
        if operation.driver is not None:
            operation.driver.terminate()
        else:  # the pool is still testing connections, and which one it tests is not known
            self.end_all()


class WatchedOperation:
    """An operation with a time limit, and the driver connection it uses, once it has one."""

    def __init__(self) -> None:
        self.driver: Any = None

    async def uses(self, connection: AsyncConnection) -> None:
        """Records that the operation uses this connection."""
        self.driver = (await connection.get_raw_connection()).driver_connection

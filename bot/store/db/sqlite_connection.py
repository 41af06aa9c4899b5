"""A connection to SQLite that can be closed twice at the same time."""

from asyncio import Future
from typing import Any

import aiosqlite


class StoppedOnce(aiosqlite.Connection):
    """Ends its thread once; aiosqlite 0.22 would then wait for a thread that has ended.

    When a task is cancelled, SQLAlchemy closes its connection; cancelled again meanwhile, it stops
    the connection as well. `close` stops it at its end, for the second time, and its wait for that
    never ended: the program did not stop.
    """

    _is_stopped = False

    def stop(self) -> "Future[Any] | None":
        """Ends the thread; returns what to wait for, None if it is ending or has ended already."""
        if self._is_stopped:
            return None
        self._is_stopped = True
        return super().stop()

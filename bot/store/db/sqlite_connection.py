"""Connections to SQLite: fewer visits to their thread, and closed twice at the same time."""

import sqlite3
from asyncio import Future
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import aiosqlite
from aiosqlite.context import contextmanager

T = TypeVar("T")
PAGE = 500  # rows that a statement brings along at once


class Connection(aiosqlite.Connection):
    """A connection of aiosqlite's with two changes.

    A statement visits the thread of the connection once, not four times: for its cursor, to be
    carried out, for its rows and to close the cursor. Each visit takes longer than a short query.

    The thread is ended once; aiosqlite 0.22 would then wait for a thread that has ended. When a
    task is cancelled, SQLAlchemy closes its connection; cancelled again meanwhile, it stops the
    connection as well. `close` stops it at its end, for the second time, and its wait for that
    never ended: the program did not stop.
    """

    _is_stopped = False

    @property
    def is_alive(self) -> bool:
        """Whether its thread has not ended yet."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Blocks until its thread has ended, for so many seconds at most."""
        self._thread.join(seconds)

    def stop(self) -> "Future[Any] | None":
        """Ends the thread; returns what to wait for, None if it is ending or has ended already."""
        if self._is_stopped:
            return None
        self._is_stopped = True
        return super().stop()

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """Returns a cursor; the thread learns of it with the first statement."""
        return Cursor(self)


class Cursor(aiosqlite.Cursor):
    """A cursor that brings the first rows along when a statement is carried out."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, None)  # type: ignore[arg-type]  # it comes with a statement
        self._rows: list[Any] = []
        self._is_at_end = True

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":
        """Carries out a statement, and fetches a page of its rows."""
        await self._visit(self._carry_out, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "Cursor":
        """Carries out a statement for each of the parameters."""
        await self._visit(self._carry_out_each, sql, parameters)
        return self

    async def fetchone(self) -> Any:  # noqa: ANN401 - as the column types have it
        """Returns the next row; None: there is none."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Returns the next rows, as many as there are up to `size`."""
        count = size or self.arraysize
        if count > len(self._rows) and not self._is_at_end:
            more = await self._visit(self._cursor.fetchmany, max(count, PAGE))
            self._is_at_end = len(more) < max(count, PAGE)
            self._rows += more
        page, self._rows = self._rows[:count], self._rows[count:]
        return page

    async def fetchall(self) -> list[Any]:
        """Returns all rows that are left."""
        rows, self._rows = self._rows, []
        if not self._is_at_end:
            rows += await self._visit(self._cursor.fetchall)
            self._is_at_end = True
        return rows

    async def close(self) -> None:
        """Closes the cursor; one of which all rows were fetched has nothing to close."""
        if not self._is_at_end:
            self._is_at_end = True
            await self._visit(self._cursor.close)

    def _carry_out(self, sql: str, parameters: Iterable[Any]) -> None:
        """Is called in the thread of the connection."""
        self._cursor = self._driver.execute(sql, parameters)  # type: ignore[arg-type]
        self._rows = self._cursor.fetchmany(PAGE) if self._cursor.description else []
        self._is_at_end = len(self._rows) < PAGE

    def _carry_out_each(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        """Is called in the thread of the connection."""
        self._cursor = self._driver.executemany(sql, parameters)  # type: ignore[arg-type]

    async def _visit(self, function: Callable[..., T], *arguments: object) -> T:
        """Returns what a function returns in the thread of the connection."""
        result: T = await self._execute(function, *arguments)  # type: ignore[no-untyped-call]
        return result

    @property
    def _driver(self) -> sqlite3.Connection:
        return self._conn._conn

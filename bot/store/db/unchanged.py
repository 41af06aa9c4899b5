"""What was read stays known for as long as nothing is committed, so an idle bot asks for nothing.

SQLite notes each commit, of whatever process, at the beginning of its `-shm` file. See "The
WAL-Index Header" in https://www.sqlite.org/walformat.html; what the bytes mean is not used here.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

from bot.store.db.engine import Database

HEADER_BYTES = 48
Result = TypeVar("Result")


def committed_state(database: Database) -> bytes | None:
    """Returns what is equal for as long as nothing is committed; None: that is not known here.

    It is known of a SQLite file with a write-ahead log, not on PostgreSQL. It takes microseconds
    and no connection. Take it before reading: what is committed meanwhile then counts as a change.
    """
    if database.file is None:
        return None
    try:
        with Path(f"{database.file}-shm").open("rb", buffering=0) as index:
            header = index.read(HEADER_BYTES)
    except OSError:
        return None
    return header if len(header) == HEADER_BYTES and any(header) else None


class UnchangedRead(Generic[Result]):
    """Reads something again only when something was committed since, or something else is asked.

    Args:
        database: where it is.
        read: reads it in a session, for these arguments.
    """

    def __init__(self, database: Database, read: Callable[..., Awaitable[Result]]) -> None:
        self._database, self._read = database, read
        self._known: tuple[bytes, tuple[object, ...], Result] | None = None

    async def __call__(self, *arguments: object) -> Result:
        """Returns what `read` returns for these arguments.

        Raises:
            SQLAlchemyError: the database cannot be used.
        """
        state = committed_state(self._database)
        if self._known is not None and self._known[:2] == (state, arguments):
            return self._known[2]
        async with self._database.reading() as session:
            result = await self._read(session, *arguments)
        self._known = None if state is None else (state, arguments, result)
        return result

    def forget(self) -> None:
        """Reads it again the next time."""
        self._known = None

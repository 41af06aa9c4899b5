"""What was read stays known for as long as nothing is committed, so an idle bot reads nothing."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.store.db.engine import Database

Result = TypeVar("Result")


class UnchangedRead(Generic[Result]):
    """Reads something again only when something was committed since, or something else is asked.

    On PostgreSQL it reads each time.

    Args:
        database: where it is.
        read: reads it in a session, for these arguments.
    """

    def __init__(self, database: Database, read: Callable[..., Awaitable[Result]]) -> None:
        self._database, self._read = database, read
        self._known: tuple[object, tuple[object, ...], Result] | None = None

    async def __call__(self, *arguments: object) -> Result:
        """Returns what `read` returns for these arguments.

        Raises:
            SQLAlchemyError: the database cannot be used.
        """
        state = await self._database.committed_state()
        if self._known is not None and self._known[:2] == (state, arguments):
            return self._known[2]
        async with self._database.reading() as session:
            result = await self._read(session, *arguments)
        self._known = None if state is None else (state, arguments, result)
        return result

    def forget(self) -> None:
        """Reads it again the next time."""
        self._known = None

"""Writing together: what is to be written at the same time goes in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Gathers while it writes: all that came in meanwhile is written next, at once.

    Whoever hands something over waits until it is written, so nothing is ever believed to be
    written that is not.

    Args:
        write: writes a batch in one transaction, or none of it.
    """

    def __init__(self, write: Callable[[list[T]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> None:
        """Returns once `item` is written.

        Raises:
            Exception: what `write` raised when it was given this item alone.
        """
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            if not await self._written(batch) and len(batch) > 1:
                for one in batch:  # what is wrong with one is no reason to lose the others
                    await self._written([one])

    async def _written(self, batch: list[tuple[T, asyncio.Future[None]]]) -> bool:
        try:
            await self._write([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                _settle(batch, error)
            return False
        _settle(batch, None)
        return True


def _settle(batch: list[tuple[T, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, written in batch:
        if written.done():  # whoever waited for it was cancelled
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)

"""Writing together: what is to be written at the same time goes in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class BatchWriter(Generic[T]):
    """Gathers while it writes: all that came in meanwhile is written next, at once.

    Whoever hands something over waits until it is written, so nothing is ever believed to be
    written that is not.

    Args:
        write: writes a batch in one transaction, or none of it.
        is_common: whether an error would meet each of a batch alike; otherwise, where one of them
            is the trouble, the others are written without it.
    """

    def __init__(
        self,
        write: Callable[[list[T]], Awaitable[None]],
        is_common: Callable[[Exception], bool] = lambda _: False,
    ) -> None:
        self._write, self._is_common = write, is_common
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
            await self._write_batch(batch)

    async def _write_batch(self, batch: list[tuple[T, asyncio.Future[None]]]) -> None:
        try:
            await self._write([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1 or self._is_common(error):
                _resolve(batch, error)
                return
            for one in batch:
                await self._write_batch([one])
        else:
            _resolve(batch, None)


def _resolve(batch: list[tuple[T, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, written in batch:
        if written.done():  # whoever waited for it was cancelled
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)

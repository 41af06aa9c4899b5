"""Writes many items in one transaction: what comes in during a write goes with the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_Pending = tuple[T, "asyncio.Future[None]"]


class BatchWriter(Generic[T]):
    """Collects items during a write, and writes all of them at once in the next one.

    A caller waits until its item is written. So nothing counts as written that a crash could lose.

    Args:
        write: writes a batch in one transaction, or none of it.
        is_common: whether an error would meet each item of a batch alike. After any other error the
            items are written one by one, so that the one that causes it fails alone.
    """

    def __init__(
        self,
        write: Callable[[list[T]], Awaitable[None]],
        is_common: Callable[[Exception], bool] = lambda _: False,
    ) -> None:
        self._write, self._is_common = write, is_common
        self._pending: list[_Pending[T]] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> None:
        """Returns once `item` is written.

        Raises:
            Exception: what `write` raised for this item alone, or for any item of its batch.
        """
        written = asyncio.get_running_loop().create_future()
        self._pending.append((item, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def finished(self) -> None:
        """Waits until nothing is being written, also for a caller who was cancelled."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write_all(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            await self._write_batch(batch)

    async def _write_batch(self, batch: list[_Pending[T]]) -> None:
        try:
            await self._write([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1 or self._is_common(error):
                _resolve(batch, error)
                return
            for pending in batch:
                await self._write_batch([pending])
        else:
            _resolve(batch, None)


def _resolve(batch: list[_Pending[T]], error: Exception | None) -> None:
    for _, written in batch:
        if written.done():  # its caller was cancelled
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)

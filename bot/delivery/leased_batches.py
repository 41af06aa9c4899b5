"""Leased work goes out: many at a time, and the next batch is claimed while one is being sent.

What has to go out is a row with a lease. A claim leases rows in one transaction; sending happens
outside of any; what came of it is recorded in another. So a crash after the claim costs a delay,
until the lease has run out. A crash between sending and recording costs a copy: whoever claims the
row next sends it again under the same key.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.delivery.replies.reply_priority import ReplyPriority

T = TypeVar("T")
# A batch is what goes out in some three seconds. Of what a process holds leases on, one batch at
# most waits behind the one that goes out, so the last of it leaves well within its lease.
BATCH_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class ClaimedBatch(Generic[T]):
    """What one claim leased.

    Attributes:
        items: what is to be sent now, in this order.
        more: whether another claim may find something that is due already.
    """

    items: list[T]
    more: bool


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much goes out at once.

    Attributes:
        in_flight: how many items are sent at the same time, at most.
        smallest: how many a claim leases, at least.
        largest: how many a claim leases, at most.
    """

    in_flight: int
    smallest: int
    largest: int


class LeasedBatches(Generic[T]):
    """Claims and sends, until nothing is due.

    Args:
        claim: leases at most so many items, in a transaction that is committed when it returns;
            None: nothing can be claimed now.
        send: sends one item and records what came of it. It raises nothing that is about one item
            alone: an error ends the whole run.
        limits: how much goes out at once.
        reply_priority: replies go first.
    """

    def __init__(
        self,
        claim: Callable[[int], Awaitable[ClaimedBatch[T] | None]],
        send: Callable[[T], Coroutine[Any, Any, None]],
        limits: BatchLimits,
        reply_priority: ReplyPriority,
    ) -> None:
        self._claim, self._send = claim, send
        self._limits, self._reply_priority = limits, reply_priority
        self._batch_size = limits.smallest
        self._is_stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_stopping(self) -> bool:
        """Whether nothing may be begun any more."""
        return self._is_stopping

    def stop(self) -> None:
        """Claims nothing from now on; what is in flight goes on."""
        self._is_stopping = True

    async def finished(self, seconds: float) -> None:
        """Waits until nothing is in flight, at most so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    async def run(self) -> int:
        """Sends all that is due; returns how many items were attempted.

        It is not to be called again before it has returned.
        """
        self._idle.clear()
        try:
            async with asyncio.TaskGroup() as tasks:
                return await self._send_batches(tasks)
        finally:
            self._idle.set()

    async def _send_batches(self, tasks: asyncio.TaskGroup) -> int:
        slots = asyncio.Semaphore(self._limits.in_flight)
        attempted = 0
        batch = await self._next_batch()
        while batch is not None:
            next_batch = tasks.create_task(self._next_batch()) if batch.more else None
            await self._begin(batch.items, tasks, slots)
            attempted += len(batch.items)
            batch = await next_batch if next_batch else None
        return attempted

    async def _next_batch(self) -> ClaimedBatch[T] | None:
        if self._is_stopping:
            return None
        # A small one while people are talking: their answers wait for its transaction.
        is_active = self._reply_priority.is_active
        return await self._claim(self._limits.smallest if is_active else self._batch_size)

    async def _begin(
        self, items: list[T], tasks: asyncio.TaskGroup, slots: asyncio.Semaphore
    ) -> None:
        """Begins to send each item as soon as there is a slot; the next batch has the new size."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for item in items:
            await self._reply_priority.give_way()
            await slots.acquire()
            sending = tasks.create_task(self._send(item))
            sending.add_done_callback(lambda _: slots.release())
        fitting = int(len(items) * BATCH_SECONDS / max(loop.time() - began, 0.001))
        self._batch_size = max(self._limits.smallest, min(fitting, self._limits.largest))

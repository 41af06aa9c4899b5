"""Turns at something scarce: the chat that was served least lately goes first."""

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from itertools import count

MAX_REMEMBERED = 10_000


class FairTurns:
    """Lets so many in at a time; of those that wait, the chat that had no turn for longest.

    A first-in-first-out queue would let a hundred chats that each send a hundred messages go before
    somebody who sends one. A chat that had no turn yet waits for those that came before it.

    Args:
        limit: how many have a turn at the same time.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._numbers = count(1)
        self._last_turn: OrderedDict[Hashable, int] = OrderedDict()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, chat: Hashable, *, is_known: bool = False) -> AsyncIterator[None]:
        """Waits for a turn, which ends with the block.

        Args:
            chat: whose turn it is.
            is_known: whether a chat without a turn so far goes before all that had one. Somebody
                who presses a button was sent it; a hundred strangers were not.
        """
        await self._acquire(chat, is_known)
        self._last_turn[chat] = next(self._numbers)
        self._last_turn.move_to_end(chat)
        if len(self._last_turn) > MAX_REMEMBERED:
            self._last_turn.popitem(last=False)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, chat: Hashable, is_known: bool) -> None:
        if self._free:
            self._free -= 1
            return
        admitted = asyncio.get_running_loop().create_future()
        number = next(self._numbers)
        heapq.heappush(
            self._waiting, (self._last_turn.get(chat, 0 if is_known else number), number, admitted)
        )
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self._release()  # the turn came at the moment of the cancellation
            raise

    def _release(self) -> None:
        while self._waiting:
            _, _, admitted = heapq.heappop(self._waiting)
            if not admitted.done():
                admitted.set_result(None)
                return
        self._free += 1

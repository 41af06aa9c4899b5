"""Replies go before nudges: whether anyone is being answered, and waiting for that."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# So short that a wave keeps a platform's pace, however much is said.
GIVE_WAY_SECONDS = 0.01
ACTIVE_SECONDS = 5.0


class ReplyPriority:
    """Knows whether anyone is being answered, for what is less urgent than that."""

    def __init__(self) -> None:
        self._replies = 0
        self._last_reply = -math.inf
        self._no_reply_pending = asyncio.Event()
        self._no_reply_pending.set()

    @contextmanager
    def replying(self) -> Iterator[None]:
        """Marks that someone is being answered, until the end of the block."""
        self._replies += 1
        self._no_reply_pending.clear()
        try:
            yield
        finally:
            self._replies -= 1
            self._last_reply = asyncio.get_running_loop().time()
            if not self._replies:
                self._no_reply_pending.set()

    @property
    def is_active(self) -> bool:
        """Whether anyone was answered within the last `ACTIVE_SECONDS`."""
        return asyncio.get_running_loop().time() - self._last_reply < ACTIVE_SECONDS

    async def give_way(self) -> None:
        """Waits until nobody is being answered, at most `GIVE_WAY_SECONDS`."""
        if not self._no_reply_pending.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._no_reply_pending.wait(), GIVE_WAY_SECONDS)

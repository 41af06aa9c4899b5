"""Who is being answered goes before who is nudged."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Short, so that a wave goes on at a platform's pace however much is said.
GIVE_WAY_SECONDS = 0.01
ACTIVE_SECONDS = 5.0


class ReplyPriority:
    """Knows whether somebody is being answered, for whoever does something less urgent."""

    def __init__(self) -> None:
        self._replies = 0
        self._last_reply = -math.inf
        self._nobody_waits = asyncio.Event()
        self._nobody_waits.set()

    @contextmanager
    def replying(self) -> Iterator[None]:
        """Somebody is being answered until the end of the block."""
        self._replies += 1
        self._nobody_waits.clear()
        try:
            yield
        finally:
            self._replies -= 1
            self._last_reply = asyncio.get_running_loop().time()
            if not self._replies:
                self._nobody_waits.set()

    @property
    def is_active(self) -> bool:
        """Whether somebody was answered within the last seconds."""
        return asyncio.get_running_loop().time() - self._last_reply < ACTIVE_SECONDS

    async def give_way(self) -> None:
        """Lets who is being answered go first: waits until nobody is, but never for long."""
        if not self._nobody_waits.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nobody_waits.wait(), GIVE_WAY_SECONDS)

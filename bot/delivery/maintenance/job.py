"""A job of the maintenance, which one of several replicas does."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress


class MaintenanceJob(ABC):
    """Does its work whenever it is due, in the process that leads the maintenance.

    Args:
        is_leader: returns whether this process leads it now.
    """

    def __init__(self, is_leader: Callable[[], bool]) -> None:
        self._is_leader = is_leader
        self._idle = asyncio.Event()
        self._idle.set()

    async def tick(self) -> None:
        """Does the work if this process leads; it is not called again before it has returned."""
        if not self._is_leader():
            return
        self._idle.clear()
        try:
            await self._work()
        finally:
            self._idle.set()

    async def finished(self, seconds: float) -> None:
        """Waits until nothing is in flight, at most so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    @abstractmethod
    async def _work(self) -> None:
        """Does what is due."""

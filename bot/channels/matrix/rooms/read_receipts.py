"""Shows people up to where the bot has dealt with what they sent."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.channels.base import SendError

log = structlog.get_logger(__name__)
BUSY_CHECK_SECONDS = 0.05
MAIN = "main"  # https://spec.matrix.org/v1.11/client-server-api/#threaded-read-receipts

MarkRead = Callable[[str, str, str], Awaitable[object]]
"""Marks a room as read up to an event, in a thread or in its `MAIN` timeline."""


class ReadReceipts:
    """Read receipts that are sent when no message waits; of a room or thread only the newest.

    Args:
        mark: sends one.
        is_busy: whether a message is being sent or waits.
    """

    def __init__(self, mark: MarkRead, is_busy: Callable[[], bool]) -> None:
        self._mark, self._is_busy = mark, is_busy
        self._newest: dict[tuple[str, str], str] = {}
        self._is_waiting = asyncio.Event()

    def add(self, room_id: str, event_id: str, root: str | None) -> None:
        """Queues the receipt of an event that was dealt with; `root`: whose thread it is in."""
        self._newest[room_id, root or MAIN] = event_id
        self._is_waiting.set()

    async def run(self) -> None:
        """Sends the queued receipts until cancelled."""
        while True:
            await self._is_waiting.wait()
            while self._is_busy():  # noqa: ASYNC110 - receipts are in no hurry
                await asyncio.sleep(BUSY_CHECK_SECONDS)
            (room_id, thread), event_id = self._newest.popitem()
            if not self._newest:
                self._is_waiting.clear()
            try:
                await self._mark(room_id, event_id, thread)
            except SendError as error:
                log.info("not marked as read", error=str(error))

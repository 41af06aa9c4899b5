"""Adds reactions to the bot's own messages, so that members choose with one tap."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.channels.base import SendError

log = structlog.get_logger(__name__)
MAX_WAITING = 5_000
BUSY_CHECK_SECONDS = 0.05

SendReaction = Callable[[str, str, str], Awaitable[object]]
"""Reacts in a room to an event, with an emoji."""


class ReactionSeeder:
    """A queue of reactions that are sent when no message waits; when full, it drops the oldest.

    Args:
        react: sends one reaction.
        is_busy: whether a message is being sent or waits.
    """

    def __init__(self, react: SendReaction, is_busy: Callable[[], bool]) -> None:
        self._react, self._is_busy = react, is_busy
        self._waiting: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(MAX_WAITING)

    def add(self, room_id: str, event_id: str, emoji: Sequence[str]) -> None:
        """Queues these reactions to a message."""
        for symbol in emoji:
            if self._waiting.full():
                self._waiting.get_nowait()
            self._waiting.put_nowait((room_id, event_id, symbol))

    async def run(self) -> None:
        """Sends the queued reactions until cancelled."""
        while True:
            reaction = await self._waiting.get()
            while self._is_busy():  # noqa: ASYNC110 - reactions are in no hurry
                await asyncio.sleep(BUSY_CHECK_SECONDS)
            try:
                await self._react(*reaction)
            except SendError as error:
                log.info("no reaction to tap on", error=str(error))

"""The reactions that the bot puts under its own messages, so that one tap is enough."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.channels.base import SendError

log = structlog.get_logger(__name__)
MAX_WAITING = 5_000
PAUSE = 0.05

SendReaction = Callable[[str, str, str], Awaitable[object]]
"""Puts a reaction in a room, under an event."""


class ReactionSeeder:
    """Puts them there when nothing else has to go out; of very many, the oldest are left out.

    Args:
        react: puts one.
        is_busy: whether something else has to go out.
    """

    def __init__(self, react: SendReaction, is_busy: Callable[[], bool]) -> None:
        self._react, self._is_busy = react, is_busy
        self._waiting: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(MAX_WAITING)

    def sow(self, room_id: str, event_id: str, emoji: Sequence[str]) -> None:
        """These come under that message before long."""
        for one in emoji:
            if self._waiting.full():
                self._waiting.get_nowait()
            self._waiting.put_nowait((room_id, event_id, one))

    async def run(self) -> None:
        """Puts all that is sown, until cancelled."""
        while True:
            seed = await self._waiting.get()
            while self._is_busy():  # noqa: ASYNC110 - it need not know at once
                await asyncio.sleep(PAUSE)
            try:
                await self._react(*seed)
            except SendError as error:
                log.info("no reaction to tap on", error=str(error))

"""Messages to chats that a page has sent, through the same outbox as the replies in a chat."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox.outbox import Outbox
from bot.delivery.sender import Envelope
from bot.messages import OtherChats


class PageMessages:
    """Sends messages for the pages.

    Args:
        outbox: keeps each message until it has arrived.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def keep(
        self, session: AsyncSession, messages: OtherChats
    ) -> Callable[[], Awaitable[None]]:
        """Keeps messages in a transaction; returns what sends them after it."""
        act = uuid4().hex
        envelopes = [
            Envelope(address, message, f"page-{act}-{number}", urgent=True)
            for number, (address, message) in enumerate(messages)
        ]
        kept = await self._outbox.keep(session, envelopes)
        return partial(self._outbox.send, kept, messages[0][0])

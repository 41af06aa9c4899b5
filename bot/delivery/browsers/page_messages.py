"""Messages to chats that a page has sent, through the same outbox as the replies in a chat."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox.outbox import Kept, Outbox
from bot.delivery.sender import Envelope, Sender
from bot.messages import Address, OtherChats


class PageMessages:
    """Sends messages for the pages.

    Args:
        outbox: keeps each message until it has arrived.
        sender: stops what is on its way to the chats of somebody who was erased.
    """

    def __init__(self, outbox: Outbox, sender: Sender) -> None:
        self._outbox, self._sender = outbox, sender

    async def keep(
        self, session: AsyncSession, messages: OtherChats, erased_chats: Sequence[Address] = ()
    ) -> Callable[[], Awaitable[None]]:
        """Keeps messages in a transaction; returns what sends them after it.

        Nothing else that is on its way to `erased_chats` arrives after that.
        """
        act = uuid4().hex
        envelopes = [
            Envelope(address, message, f"page-{act}-{number}", urgent=True)
            for number, (address, message) in enumerate(messages)
        ]
        kept = await self._outbox.keep(session, envelopes)
        return partial(self._send, kept, messages[0][0], erased_chats)

    async def _send(self, kept: Kept, first: Address, erased_chats: Sequence[Address]) -> None:
        for chat in erased_chats:
            self._sender.silence(chat)
            self._outbox.cancel_earlier(chat, kept)
        await self._outbox.send(kept, first)

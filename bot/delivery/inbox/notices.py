"""What somebody is told about an item that was dropped, has to wait, or could not be handled."""

import asyncio

import structlog

from bot.channels.base import InboxChannel, IncomingHandler
from bot.delivery.inbox.answers import Answers
from bot.masking import without_text
from bot.membership import GroupEvent, Left, Returned
from bot.messages import Incoming, ReceivedItem

log = structlog.get_logger(__name__)
AT_ONCE = 16
# What happened to a chat, rather than what somebody said or pressed in it.
UNSAID = Left | Returned | GroupEvent


class Notices:
    """Tells whoever sent an item about it; what cannot be told is a line in the log.

    Args:
        channel: decodes the items.
        answers: says it.
    """

    def __init__(self, channel: InboxChannel, answers: Answers) -> None:
        self._channel, self._answers = channel, answers
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def slow_down(self, item: ReceivedItem) -> None:
        """Asks to slow down, because this item was dropped; a limited number of chats at once."""
        async with self._turns:
            await self._process_or_log(item.content, self._answers.slow_down)

    async def apologize(self, content: bytes | None, key: str) -> None:
        """Says the catalogue's text `key`; None: what the platform brought could not be read."""
        if content is not None:
            await self._process_or_log(
                content, lambda incoming: self._answers.apologize(incoming, key)
            )

    async def tell(self, content: bytes | None, key: str) -> None:
        """Says `key` in the chat, for a press too; nothing where nobody said or pressed it.

        A press of long ago can have no notice any more. None: it could not be read.
        """

        async def handle(incoming: Incoming) -> str | None:
            if not isinstance(incoming.content, UNSAID):
                await self._answers.say_in_chat(incoming, key)
            return None

        if content is not None:
            await self._process_or_log(content, handle)

    async def _process_or_log(self, content: bytes, handle: IncomingHandler) -> None:
        try:
            await self._channel.process(content, handle)
        except Exception as error:
            log.info("not told", channel=self._channel.name, **without_text(error))

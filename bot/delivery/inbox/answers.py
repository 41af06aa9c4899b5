"""What the inbox asks of whoever answers its items."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from bot.messages import Incoming, Reply


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer whose changes are committed.

    Attributes:
        reply: what was decided.
        sending: sends its messages, and ends when no more of them can go now; None: it has none.
    """

    reply: Reply
    sending: asyncio.Task[None] | None = None

    async def sent(self) -> None:
        """Waits until no more of its messages can go now; cancelling that ends the sending too.

        Nothing is lost then: what was not sent is in the outbox.
        """
        if self.sending is not None:
            await self.sending


class Answers(Protocol):
    """What answers an item once it is decoded."""

    async def answer(self, incoming: Incoming) -> Answered:
        """Answers, with the changes that come with it; an error means that nothing was changed."""
        ...

    async def apologize(self, incoming: Incoming, key: str) -> str | None:
        """Says the message `key`; for a press it is returned as the notice."""
        ...

    async def say_in_chat(self, incoming: Incoming, key: str) -> None:
        """Says the message `key` in the chat, also in answer to a press."""
        ...

    async def slow_down(self, incoming: Incoming) -> str | None:
        """Asks a member to slow down; for a press that is returned as the notice."""
        ...

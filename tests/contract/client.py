"""What a client of any channel can do and see, and waiting until it sees something."""

import asyncio
from collections.abc import Callable
from typing import Protocol, runtime_checkable

PATIENCE = 15.0


class Client(Protocol):
    """What somebody can do with any client."""

    async def begins(self) -> None:
        """Opens the conversation."""

    async def says(self, text: str) -> None:
        """Types something."""

    async def chooses(self, label: str) -> None:
        """Chooses what is offered under this label, in the newest message that offers it."""

    async def receives(self, words: str) -> str:
        """Waits for a new message with these words; all of its text."""

    async def sees(self, words: str) -> None:
        """Waits until these words stand somewhere, also in a message that was changed."""

    def offers(self, label: str) -> bool:
        """Whether something is offered under this label now."""

    async def picture(self) -> bytes:
        """The newest picture."""


@runtime_checkable
class EditingClient(Client, Protocol):
    """What can be done besides where messages can be pointed at."""

    async def edits(self, old: str, new: str) -> None:
        """Changes what they typed."""

    async def replies(self, words: str, text: str) -> None:
        """Replies to the first message of the bot with these words."""

    async def sends_file(self, name: str, content: bytes) -> None:
        """Sends a file."""


@runtime_checkable
class GroupClient(EditingClient, Protocol):
    """What can be done besides where there are groups."""

    async def makes_group(self) -> None:
        """Opens a group, and brings the bot in."""

    async def says_there(self, text: str) -> None:
        """Types something in the group."""

    def reads_there(self) -> str:
        """All that the bot said in the group, as it stands there now."""

    async def puts_bot_out(self) -> None:
        """Puts the bot out of the group."""


async def offered(client: Client, label: str) -> None:
    """Waits until this can be chosen."""
    await until(lambda: client.offers(label), label)


async def seen_there(client: GroupClient, words: str) -> None:
    """Waits until the bot said this in the group."""
    await until(lambda: words in client.reads_there(), words)


async def gone_there(client: GroupClient, words: str) -> None:
    """Waits until this does not stand in the group any more."""
    await until(lambda: words not in client.reads_there(), f"no {words}")


async def until(holds: Callable[[], object], wanted: str, seen: Callable[[], str] = str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"never seen: {wanted}\n{seen()}") from None

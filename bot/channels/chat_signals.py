"""What happens in the chats of a channel that is a page: for those who have one open, now.

It is in memory, for the moment alone: what lasts is in the mailbox.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bot.messages import ChatEvent, address_digest


@dataclass(eq=False, slots=True)
class Listener:
    """Somebody who has a chat open.

    Attributes:
        woken: set when something happened; whoever waits for it clears it.
        is_answered: whether the bot said something since.
        is_typing: whether an answer is on its way.
        settled: the messages of the bot that lost their choices, by key, and are not kept.
        removed: the messages that were taken out of the chat, by key.
    """

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    is_answered: bool = False
    is_typing: bool = False
    settled: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class ChatSignals:
    """Wakes those who have a chat open when something happens in it.

    Attributes:
        is_closed: whether the program stops, so that nobody is to wait any more.
    """

    def __init__(self) -> None:
        self.is_closed = False
        self._addresses: dict[str, str] = {}  # by their digest
        self._all_gone = asyncio.Event()
        self._listeners: dict[str, set[Listener]] = {}
        self._handled: dict[str, asyncio.Future[str | None]] = {}

    @contextmanager
    def listening(self, address: str) -> Iterator[Listener]:
        """Yields a listener to one chat, until the end of the block."""
        listener = Listener()
        self._listeners.setdefault(address, set()).add(listener)
        self._addresses[address_digest(address)] = address
        try:
            yield listener
        finally:
            left = self._listeners[address]
            left.discard(listener)
            if not left:
                del self._listeners[address], self._addresses[address_digest(address)]
            if self.is_closed and not self._listeners:
                self._all_gone.set()

    def hear(self, digest: str, event: ChatEvent, key: str) -> None:
        """Wakes those who have a chat open here in which another replica did something.

        Args:
            digest: of the address of the chat.
            event: what happened there.
            key: the message that was taken out; empty: none, or all of them.
        """
        address = self._addresses.get(digest)
        if address is None:
            return
        if event is ChatEvent.REMOVED and key:
            self.remove(address, key)
        else:
            self.changed(address, own=event is not ChatEvent.SAID)

    def is_open(self, address: str) -> bool:
        """Returns whether somebody has this chat open."""
        return address in self._listeners

    async def close(self, seconds: float) -> None:
        """Has all listeners go, and waits until they have, for so long at most."""
        self.is_closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.woken.set()
        if self._listeners:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_gone.wait(), seconds)

    # -- what happens

    def changed(self, address: str, *, own: bool = False) -> None:
        """Wakes those who have this chat open: a message, of their own if so, came or changed."""
        for listener in self._listeners.get(address, ()):
            if not own:
                listener.is_answered, listener.is_typing = True, False
            listener.woken.set()

    def typing(self, address: str, *, is_typing: bool) -> None:
        """Shows whether an answer is on its way."""
        for listener in self._listeners.get(address, ()):
            listener.is_typing = is_typing
            listener.woken.set()

    def settle(self, address: str, key: str) -> None:
        """Has the choices go from a message that is shown and not kept any more."""
        for listener in self._listeners.get(address, ()):
            listener.settled.append(key)
            listener.woken.set()

    def remove(self, address: str, key: str) -> None:
        """Has a message go that was taken out of the chat."""
        for listener in self._listeners.get(address, ()):
            listener.removed.append(key)
            listener.woken.set()

    # -- what came in

    @contextmanager
    def handling(self, key: str) -> "Iterator[asyncio.Future[str | None]]":
        """Yields what becomes the notice of an item that is about to come in."""
        future = self._handled.setdefault(key, asyncio.get_running_loop().create_future())
        try:
            yield future
        finally:
            self._handled.pop(key, None)

    def handled(self, key: str, notice: str | None) -> None:
        """Tells whoever posted an item that it was handled, with the passing notice if any."""
        if (future := self._handled.get(key)) is not None and not future.done():
            future.set_result(notice)


async def woken(listener: Listener, seconds: float) -> bool:
    """Waits until something happens, for so long at most; returns whether it did."""
    with suppress(TimeoutError):
        await asyncio.wait_for(listener.woken.wait(), seconds)
    happened = listener.woken.is_set()
    listener.woken.clear()
    return happened

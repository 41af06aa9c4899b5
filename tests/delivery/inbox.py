"""A platform in memory that brings items to an inbox, and what became of them."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.channels.base import IncomingHandler, ItemReceiver, UndecodableItem
from bot.delivery.inbox.answers import Answered
from bot.delivery.inbox.flood_limits import InboxLimits
from bot.delivery.inbox.inbox import Inbox
from bot.messages import Address, Incoming, Pressed, ReceivedItem, Reply, Typed
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.inbox import NO_LIMITS, running


@dataclass
class Platform(FakeChannel):
    """A channel in memory whose items are what people type and press.

    Attributes:
        notices: what each press was answered with, by its key.
    """

    clock: FixedClock = field(default_factory=FixedClock)
    notices: dict[str, str | None] = field(default_factory=dict)

    async def receive(self, inbox: ItemReceiver) -> None:
        """Brings nothing by itself."""
        await asyncio.Event().wait()

    async def process(self, content: bytes, handle: IncomingHandler) -> None:
        """Decodes what `typed` and `pressed` made."""
        item = json.loads(content)
        if "text" not in item:
            raise UndecodableItem("no text")
        key, chat, text = item["key"], item["chat"], item["text"]
        said = Pressed(text) if item["press"] else Typed(text, key)
        notice = await handle(Incoming(key, Address(self.name, chat), self.clock(), said))
        if item["press"]:
            self.notices[key] = notice


def typed(chat: str, text: str, key: str = "") -> ReceivedItem:
    """Something that somebody types; every text of a chat is another item, unless told."""
    return _item(chat, text, key, press=False)


def pressed(chat: str, action: str, key: str = "") -> ReceivedItem:
    """A button that somebody presses."""
    return _item(chat, action, key, press=True)


def undecodable(chat: str, key: str) -> ReceivedItem:
    """Something that nobody understands."""
    return ReceivedItem(key, chat, json.dumps({"key": key, "words": "een eigen zin"}).encode())


def _item(chat: str, text: str, key: str, *, press: bool) -> ReceivedItem:
    key = key or f"{chat}/{text}"
    content = {"key": key, "chat": chat, "text": text, "press": press}
    return ReceivedItem(
        key, chat, json.dumps(content).encode(), chat, None if press else text, is_press=press
    )


@dataclass
class Reception:
    """Answers items; what it hears, and what it is told to do with some of it.

    Attributes:
        heard: what was handled, in order.
        faults: by text, the errors that handling it raises, one each.
        slow: texts on which handling waits until `goes_on` is set.
        slow_to_send: texts whose answer is not sent until `goes_on` is set.
        strangers: chats of people who are no members.
    """

    heard: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    slow: set[str] = field(default_factory=set)
    slow_to_send: set[str] = field(default_factory=set)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    slowed_down: list[str] = field(default_factory=list)
    apologies: list[tuple[str, str]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    async def answer(self, incoming: Incoming) -> Answered:
        """Notes what was said or pressed."""
        content, chat = incoming.content, incoming.sender.id
        assert isinstance(content, Typed | Pressed)
        text = content.text if isinstance(content, Typed) else content.action
        self.begun.append(text)
        if text in self.slow:
            await self.goes_on.wait()
        if self.faults[text]:
            raise self.faults[text].pop(0)
        self.heard.append((chat, text))
        waits = text in self.slow_to_send
        sending = asyncio.create_task(self._sending()) if waits else None
        return Answered(Reply(notice="done", to_stranger=chat in self.strangers), sending)

    async def _sending(self) -> None:
        await self.goes_on.wait()

    async def apologize(self, incoming: Incoming, key: str) -> str | None:
        """Notes it."""
        self.apologies.append((incoming.sender.id, key))
        return key

    async def say_in_chat(self, incoming: Incoming, key: str) -> None:
        """Notes it."""
        self.said.append((incoming.sender.id, key))

    async def slow_down(self, incoming: Incoming) -> str | None:
        """Notes it."""
        self.slowed_down.append(incoming.sender.id)
        return "slow down"

    def texts(self, chat: str) -> list[str]:
        """What was handled of one chat."""
        return [text for heard_in, text in self.heard if heard_in == chat]


@asynccontextmanager
async def reception(
    database: Database,
    vault: Vault,
    answers: Reception,
    limits: InboxLimits = NO_LIMITS,
    platform: Platform | None = None,
) -> AsyncIterator[Inbox]:
    """An inbox that works until the end of the block, as after each start of the program."""
    channel = platform or Platform()
    async with running(Inbox(channel, database, vault, channel.clock, answers, limits)) as inbox:
        yield inbox


async def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)


async def until_handled(inbox: Inbox) -> None:
    """Waits until nothing waits any more."""
    await until(lambda: inbox.waiting == 0)

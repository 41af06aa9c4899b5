"""A chat of somebody with the bot, the same on both platforms: what they see and can do."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.channels.base import TemporaryFailure
from bot.messages import (
    Address,
    Content,
    Deleted,
    Edited,
    Incoming,
    Pressed,
    Reacted,
    Typed,
    Unreadable,
)
from tests.conversation.random_people.house import House
from tests.support.telegram.faults import FaultKind
from tests.support.telegram.message import Message
from tests.support.telegram.people import Press

ATTACHMENTS = ("sticker", "voice", "photo", "caption", "file", "file with caption", "album")
ATTEMPTS = 3  # at sending a reply, before it waits in the outbox
WITH_WORDS = frozenset({"caption", "file with caption", "album"})


@dataclass(frozen=True)
class Seen:
    """A message of the bot as it is now; `buttons` are the labels and actions under it."""

    id: str
    text: str
    buttons: tuple[tuple[str, str], ...]


class Chat(Protocol):
    """Somebody's chat; what they do there is handled when `House.settles` returns.

    Attributes:
        channel: the name of the platform.
        address: the chat on it.
        typed: what they typed, by the id of each message.
    """

    channel: str
    address: str
    typed: dict[str, str]

    def seen(self) -> list[Seen]:
        """Returns the messages of the bot, oldest first."""
        ...

    async def types(self, text: str, reply_to: str | None = None) -> str:
        """Types a text; returns the id of the message."""
        ...

    async def edits(self, message: str, text: str) -> None:
        """Changes a text that was typed."""
        ...

    async def presses(self, on: str, action: str) -> Callable[[], bool]:
        """Presses a button; what it returns says afterwards whether that was answered."""
        ...

    async def reacts(self, on: str, emoji: str) -> None:
        """Puts an emoji under a message of the bot."""
        ...

    async def sends(self, what: str, words: str) -> str | None:
        """Sends one of `ATTACHMENTS`; returns the id of the message with the words."""
        ...

    def refuses_next(self) -> None:
        """Has the platform refuse the next message of the bot, as often as a reply is tried."""
        ...


class TelegramChat:
    """A private chat on Telegram."""

    channel = "telegram"

    def __init__(self, house: House, number: int, name: str) -> None:
        self._house = house
        self._person = house.server.person(number, name, "nl")
        self.address = str(number)
        self.typed: dict[str, str] = {}
        self._messages: dict[str, Message] = {}

    def seen(self) -> list[Seen]:
        """Returns the messages of the bot, oldest first."""
        return [
            Seen(str(message.id), message.words, _buttons(message))
            for message in self._person.inbox
        ]

    async def types(self, text: str, reply_to: str | None = None) -> str:
        """Types a text; returns the id of the message."""
        about = None if reply_to is None else self._person.find(int(reply_to))
        return self._sent(self._person.types(text, about))

    async def edits(self, message: str, text: str) -> None:
        """Changes a text that was typed."""
        self._person.edits(self._messages[message], text)
        self.typed[message] = text

    async def presses(self, on: str, action: str) -> Callable[[], bool]:
        """Presses a button; what it returns says afterwards whether that was answered."""
        message = self._person.find(int(on))
        assert message is not None
        label = next(
            button.text for row in message.buttons for button in row if button.data == action
        )
        press: Press = self._person.presses(label, message)
        return lambda: press.was_answered

    async def reacts(self, on: str, emoji: str) -> None:
        """Puts an emoji under a message of the bot."""
        message = self._person.find(int(on))
        assert message is not None
        self._person.reacts(message, emoji)

    async def sends(self, what: str, words: str) -> str | None:
        """Sends one of `ATTACHMENTS`; returns the id of the message with the words."""
        person = self._person
        match what:
            case "sticker":
                person.sends_sticker()
            case "voice":
                person.sends_voice()
            case "photo":
                person.sends_photo()
            case "file":
                person.sends_document("verslag.docx", b"PK")
            case "caption":
                return self._sent(person.sends_photo(words))
            case "file with caption":
                return self._sent(person.sends_document("verslag.docx", b"PK", words))
            case "album":
                first = person.sends_photo(words, album=words)
                person.sends_photo(album=words)
                return self._sent(first)
        return None

    def refuses_next(self) -> None:
        """Has the platform refuse the next message of the bot, as often as a reply is tried."""
        for _ in range(ATTEMPTS):
            self._house.server.strike_next("sendMessage", FaultKind.BAD_GATEWAY)

    def _sent(self, message: Message) -> str:
        self._messages[str(message.id)], self.typed[str(message.id)] = message, message.words
        return str(message.id)


class MatrixChat:
    """A private chat on a platform in memory."""

    channel = "matrix"

    def __init__(self, house: House, address: str) -> None:
        self._house, self.address = house, address
        self.typed: dict[str, str] = {}
        self._said = 0

    def seen(self) -> list[Seen]:
        """Returns the messages of the bot, oldest first."""
        return [
            Seen(
                sent.id,
                sent.text,
                tuple((b.label, b.action) for row in sent.message.buttons for b in row),
            )
            for sent in self._house.matrix.messages.get(self.address, [])
        ]

    async def types(self, text: str, reply_to: str | None = None) -> str:
        """Types a text; returns the id of the message."""
        message = f"${self.address}-{self._said}"
        self.typed[message] = text
        await self._does(Typed(text, message, reply_to))
        return message

    async def edits(self, message: str, text: str) -> None:
        """Changes a text that was typed."""
        self.typed[message] = text
        await self._does(Edited(text, message))

    async def presses(self, on: str, action: str) -> Callable[[], bool]:
        """Presses a button; here what it says has to be seen."""
        notice = await self._does(Pressed(action, on))
        return lambda: notice is not None

    async def reacts(self, on: str, emoji: str) -> None:
        """Puts an emoji under a message of the bot."""
        await self._does(Reacted(emoji, on))

    async def deletes(self, message: str) -> None:
        """Deletes a text that was typed."""
        del self.typed[message]
        await self._does(Deleted(message))

    async def sends(self, what: str, words: str) -> str | None:
        """Sends one of `ATTACHMENTS`; returns the id of the message with the words."""
        if what not in WITH_WORDS:
            await self._does(Unreadable(what))
            return None
        message = f"${self.address}-{self._said}"
        self.typed[message] = words
        await self._does(
            Typed(words, message, attachment="photo" if what != "file with caption" else "file")
        )
        return message

    def refuses_next(self) -> None:
        """Has the platform refuse the next message of the bot, as often as a reply is tried."""
        self._house.matrix.fails_with += [TemporaryFailure("away")] * ATTEMPTS

    async def _does(self, content: Content) -> str | None:
        """Hands it over; the platform brings it twice, as it may."""
        self._said += 1
        who = Address(self.channel, self.address)
        incoming = Incoming(f"{self.address}/{self._said}", who, self._house.clock(), content)
        notice = await self._house.application.replies.handle(incoming)
        await asyncio.sleep(0)
        return notice


def _buttons(message: Message) -> tuple[tuple[str, str], ...]:
    return tuple(
        (button.text, button.data) for row in message.buttons for button in row if button.data
    )

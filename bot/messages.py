"""The messages between a channel and the rest: all that a channel needs to know."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from bot.membership import GroupEvent, Left, NotPrivate, Returned

Clock = Callable[[], datetime]
"""Returns the present, aware. The composition root hands it out; nothing else reads a clock."""

InvitationLinks = Callable[[str, bool], Mapping[str, str]]
"""Returns the addresses that carry an invitation code, by channel.

The second argument says whether they bring the bot into a group."""


# White space, and what takes no space at all: phones and copied texts bring it along.
UNSEEN = r"[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
AROUND_TEXT = re.compile(rf"\A{UNSEEN}|{UNSEEN}\Z")


def stripped(text: str) -> str:
    """Returns a text without white space and invisible characters around it."""
    return AROUND_TEXT.sub("", text)


@dataclass(frozen=True, slots=True)
class Address:
    """A chat on a channel: `telegram` and the chat's number, `terminal` and a name."""

    channel: str
    id: str

    @property
    def pair(self) -> tuple[str, str]:
        """The channel and the id, as the store keeps them."""
        return self.channel, self.id


class ChatEvent(StrEnum):
    """What happened in a chat that is a page of ours, for those who have it open.

    SAID: the bot said something. OWN: the member did, or who may read it changed. REMOVED: a
    message was taken out.
    """

    SAID = "said"
    OWN = "own"
    REMOVED = "removed"


def address_digest(address: str) -> str:
    """Returns the digest by which replicas tell each other of a chat, without naming it."""
    return sha256(address.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that someone typed.

    Attributes:
        text: what it says.
        message: the platform's id of it.
        reply_to: the platform's id of the message it replies to, if any.
        attachment: the kind of what it stood under, as in `Unreadable`; None: it stood alone.
    """

    text: str
    message: str
    reply_to: str | None = None
    attachment: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that someone pressed.

    Attributes:
        action: what the button stands for.
        message: the platform's id of the message it stood under; None: unknown.
    """

    action: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Reacted:
    """An emoji that someone put under the bot's message with the platform's id `message`."""

    emoji: str
    message: str


@dataclass(frozen=True, slots=True)
class Edited:
    """An earlier text that its writer changed into `text`; `message` is the platform's id of it."""

    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """An earlier message that its writer deleted; `message` is the platform's id of it."""

    message: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that the bot cannot read.

    `kind` is `voice`, `sticker`, `photo`, `file`, `call`, `sealed` (it cannot be decrypted) or
    `other`.
    """

    kind: str


class FileUnavailable(Exception):
    """A file that someone sent cannot be fetched from the platform."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that someone sent.

    Attributes:
        name: its file name.
        size: in bytes, as the platform says.
        read: fetches its content; raises `FileUnavailable`.
        caption: the text under it, for somebody whose files are not taken; None: there is none.
    """

    name: str
    size: int
    read: Callable[[], Awaitable[bytes]]
    caption: Typed | None = None


Content = (
    Typed
    | Pressed
    | Reacted
    | Edited
    | Deleted
    | Unreadable
    | Attached
    | NotPrivate
    | Left
    | Returned
    | GroupEvent
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that someone did in a chat with the bot.

    Attributes:
        key: the platform's id of this, the same when it is delivered twice.
        sender: who did it.
        at: when it reached us, aware.
        content: what they did.
        language: the language of their app, if the platform gives it (`nl`, `en-GB`).
        group: the group it was said in; None: a chat that nobody else reads.
        place: where in the group the answer goes, if the group has topics.
        name: what they call themselves on the platform, if it gives that.
        album: the platform's id of the album that it is part of; None: it stands alone.
        thread: the platform's id of the message whose thread it was said in; None: in no thread.
        room: where it was said, if one person may have several private rooms with the bot.
        group_title: what the group is called, if the platform tells it along.
    """

    key: str
    sender: Address
    at: datetime
    content: Content
    language: str | None = None
    group: Address | None = None
    place: Address | None = None
    name: str | None = None
    album: str | None = None
    thread: str | None = None
    room: str | None = None
    group_title: str | None = None

    @property
    def reply_address(self) -> Address:
        """The address to which the answer goes."""
        return self.place or self.group or self.sender


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """One thing that a platform brought, before it is decoded.

    Attributes:
        key: the platform's id of it, the same when it is brought twice.
        chat: items with the same chat are handled in order; the address of a person or a group.
        content: what the platform brought, in a form that only its channel can decode.
        sender: who did it, if that is known already.
        text: what they typed, if that is known already; never stored.
        is_press: whether it is the press of a button, which an app shows until it is answered.
        is_membership: whether somebody let the bot in or put it out; a flood never costs this.
        sent_at: when they did it, as far as the platform tells.
    """

    key: str
    chat: str
    content: bytes
    sender: str | None = None
    text: str | None = None
    is_press: bool = False
    is_membership: bool = False
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says, and the action it stands for (at most 64 bytes)."""

    label: str
    action: str


class Drawing(Protocol):
    """What a picture shows, as data: it is stored with its message, and drawn when that is sent."""

    def draw(self) -> bytes:
        """Returns the PNG; it takes tens of milliseconds of CPU, so call it in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A drawing that is a PNG already."""

    png: bytes

    def draw(self) -> bytes:
        """Returns the PNG."""
        return self.png


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG to send: what it shows, and its file name."""

    drawing: Drawing
    name: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to send: its name, and its bytes."""

    name: str
    content: bytes


class Purpose(StrEnum):
    """What a message about a nudge is for."""

    NUDGE = "nudge"
    QUESTION = "question"
    THANKS = "thanks"
    CHECK_IN = "check_in"
    PACE = "pace"


KEY_PREFIXES = {Purpose.NUDGE: "nudge", Purpose.CHECK_IN: "check-in", Purpose.PACE: "pace"}
"""How the key of a message begins that is sent by lease, so perhaps by two processes."""


@dataclass(frozen=True, slots=True)
class NudgeReference:
    """The nudge that a message is about, and what the message is for.

    Attributes:
        nudge_id: the number of the nudge.
        purpose: what the message is for.
        postponed: how often the member postponed the nudge, so how often it was sent before.
    """

    nudge_id: int
    purpose: Purpose
    postponed: int = 0

    @property
    def key(self) -> str | None:
        """The same for each try to send a nudge or its follow-up, by any process; else None."""
        prefix = KEY_PREFIXES.get(self.purpose)
        return None if prefix is None else f"{prefix}-{self.nudge_id}-{self.postponed}"


ButtonRows = tuple[tuple[Button, ...], ...]

# How long it makes sense to send a message that could not be sent at once.
FOR_A_DAY = timedelta(days=1)  # it says what the bot did or kept
FOR_MINUTES = timedelta(minutes=10)  # it helps somebody on who is looking at the chat
FOR_A_MOMENT = timedelta(minutes=1)  # it is about the very moment


@dataclass(frozen=True, slots=True)
class Farewell:
    """What makes a message the last one in the chat of somebody who was erased.

    It says that all is erased, so it is sent once that is so: on the disk, and as far as the bot
    can reach in the chat itself.

    Attributes:
        meanwhile: what is said first when the disk still holds something of theirs.
        sent_before: the platform's ids of messages of the bot in this chat, as far as known; it
            takes them out of the chat if the platform allows that.
    """

    meanwhile: str
    sent_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send.

    Attributes:
        text: plain text, of any length; with a picture or file it goes along with that. Without
            text, only the choices of the message that it `replaces` change.
        buttons: choices, in rows.
        picture: a picture to go with the text.
        file: a file to go with the text.
        replaces: the platform's id of an earlier message that becomes this one.
        about: the nudge it is about.
        relevant_for: how long after it was decided it may still be sent.
        thread: the platform's id of the message whose thread it goes in; None: in no thread.
        room: in which of their private rooms it belongs, if they may have several; it goes to
            another if they have left that one.
        farewell: set for the last message to somebody who was erased.
    """

    text: str
    buttons: ButtonRows = ()
    picture: Picture | None = None
    file: File | None = None
    replaces: str | None = None
    about: NudgeReference | None = None
    relevant_for: timedelta = FOR_A_DAY
    thread: str | None = None
    room: str | None = None
    farewell: Farewell | None = None


OtherChats = list[tuple[Address, Outgoing]]
"""Messages for other chats than the one that is answered."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji to put under the message with the platform's id `message`."""

    message: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot answers to one `Incoming`.

    Attributes:
        messages: in this order.
        notice: a passing line for the one who pressed a button, where a platform has that.
        erased: whether something was erased that must be gone from the disk before this is sent.
        erased_chats: the chats of somebody who was erased; nothing that was on its way there may
            arrive any more, except for the messages of this reply.
        other_chats: messages for other chats.
        reaction: an emoji to put under what they wrote, where a platform has that.
        to_stranger: whether it tells somebody who is no member how to become one.
        not_understood: whether what they typed led to nothing, so that an edit of it may.
        hint: whether it only says what the bot can and cannot do; of a burst one is answered so.
    """

    messages: list[Outgoing] = field(default_factory=list)
    notice: str | None = None
    erased: bool = False
    erased_chats: Sequence[Address] = ()
    other_chats: OtherChats = field(default_factory=list)
    reaction: Reaction | None = None
    to_stranger: bool = False
    not_understood: bool = False
    hint: bool = False

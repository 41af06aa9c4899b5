"""What comes in from a channel and what goes out to one: all a channel needs to know."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Clock = Callable[[], datetime]
"""Tells the present, aware. The composition root hands it out; nobody else reads a clock."""


InvitationLinks = Callable[[str, bool], Mapping[str, str]]
"""The addresses that carry a code, by channel; the second argument says whether into a group."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where someone can be reached: `telegram` and a chat's number, `terminal` and a name."""

    channel: str
    id: str

    @property
    def pair(self) -> tuple[str, str]:
        """Channel and id, as the store keeps them."""
        return self.channel, self.id


@dataclass(frozen=True, slots=True)
class Typed:
    """A text. `message` is the platform's id of it, `reply_to` of the one it replies to."""

    text: str
    message: str
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A choice. `action` is the button's; `message` the id of the message it stood under."""

    action: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Reacted:
    """An emoji that they put under a message of the bot, whose platform's id is `message`."""

    emoji: str
    message: str


@dataclass(frozen=True, slots=True)
class Edited:
    """An earlier text of theirs that now says something else."""

    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """An earlier message of theirs that they took back."""

    message: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something the bot cannot read: `voice`, `sticker`, `photo`, `file`, `sealed` or `other`."""

    kind: str


class FileUnavailable(Exception):
    """A file that was sent cannot be fetched from the platform."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file. `size` is in bytes; `read` fetches it, and raises `FileUnavailable`."""

    name: str
    size: int
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Left:
    """They blocked the bot or closed the chat."""


@dataclass(frozen=True, slots=True)
class Returned:
    """They let the bot in again, without a word."""


@dataclass(frozen=True, slots=True)
class AddedToGroup:
    """The bot came into a group."""


@dataclass(frozen=True, slots=True)
class RemovedFromGroup:
    """The bot is not in that group any more."""


@dataclass(frozen=True, slots=True)
class GroupRights:
    """What the bot may do in that group changed."""

    may_speak: bool


@dataclass(frozen=True, slots=True)
class GroupMoved:
    """The group has another address from now on."""

    to: str


GroupEvent = AddedToGroup | RemovedFromGroup | GroupRights | GroupMoved
Content = (
    Typed
    | Pressed
    | Reacted
    | Edited
    | Deleted
    | Unreadable
    | Attached
    | Left
    | Returned
    | GroupEvent
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing somebody did in their chat with the bot.

    Attributes:
        key: the platform's id of this, the same when it is told twice.
        sender: who did it.
        at: when it reached us, aware.
        content: what they did.
        language: the language of their app, if the platform tells (`nl`, `en-GB`).
        group: the group it was said in; None: a chat that nobody else reads.
        place: where in the group the answer goes, if the group has topics.
        name: what they call themselves on the platform, if it tells.
    """

    key: str
    sender: Address
    at: datetime
    content: Content
    language: str | None = None
    group: Address | None = None
    place: Address | None = None
    name: str | None = None

    @property
    def back(self) -> Address:
        """Where the answer goes."""
        return self.place or self.group or self.sender


@dataclass(frozen=True, slots=True)
class Button:
    """A choice: what it says and the action it stands for (64 bytes at most)."""

    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, drawn when it is sent, and the text that says the same."""

    draw: Callable[[], bytes]
    name: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand over."""

    name: str
    content: bytes


class Purpose(StrEnum):
    """What a message that was sent about a nudge is for."""

    NUDGE = "nudge"
    QUESTION = "question"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class NudgeReference:
    """The nudge a message is about, and what the message is for.

    `postponed` is how often the member put the nudge off, so how often it came before.
    """

    nudge_id: int
    purpose: Purpose
    postponed: int = 0

    @property
    def key(self) -> str | None:
        """The same for each try to bring the nudge itself, whoever tries; None for the rest."""
        if self.purpose is not Purpose.NUDGE:
            return None
        return f"nudge-{self.nudge_id}-{self.postponed}"


ButtonRows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message.

    Attributes:
        text: plain text, of any length; with a picture or file it goes along with that. Without
            text, only the choices of the message that it `replaces` change.
        buttons: choices, in rows.
        picture: a picture to go with the text.
        file: a file to go with the text.
        replaces: the platform's id of an earlier message that this one takes the place of.
        about: the nudge it is about.
    """

    text: str
    buttons: ButtonRows = ()
    picture: Picture | None = None
    file: File | None = None
    replaces: str | None = None
    about: NudgeReference | None = None


OtherChats = list[tuple[Address, Outgoing]]
"""What is said in other chats."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji under the message whose platform's id is `message`."""

    message: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot answers to one incoming thing.

    Attributes:
        messages: in this order.
        notice: a passing line for whoever pressed a button, where the platform has such a thing.
        erased: something was erased that must be gone from the disk before this is said.
        discard_pending: nothing that was on its way to this chat may arrive any more.
        elsewhere: what is said in other chats, where that can be.
        reaction: an emoji to put under a message of theirs, where the platform has such a thing.
    """

    messages: list[Outgoing] = field(default_factory=list)
    notice: str | None = None
    erased: bool = False
    discard_pending: bool = False
    other_chats: OtherChats = field(default_factory=list)
    reaction: Reaction | None = None

"""Membership: who let the bot into a chat or put it out, and what became of the chat."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Left:
    """The member blocked the bot or closed the chat."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The member let the bot in again, and said nothing."""


@dataclass(frozen=True, slots=True)
class AddedToGroup:
    """The bot was added to a group."""


@dataclass(frozen=True, slots=True)
class AddedToSpace:
    """The bot was added to a folder of chats, in which nobody talks; it leaves again."""


@dataclass(frozen=True, slots=True)
class NotPrivate:
    """Somebody talks with the bot in a chat that is not private; it continues in one that is."""


@dataclass(frozen=True, slots=True)
class SecondChat:
    """Somebody opened another private chat; they are answered there once they say something."""


@dataclass(frozen=True, slots=True)
class RemovedFromGroup:
    """The bot was removed from a group."""


@dataclass(frozen=True, slots=True)
class GroupRights:
    """The rights of the bot in a group changed; `may_speak` is whether it can send messages now."""

    may_speak: bool


@dataclass(frozen=True, slots=True)
class GroupMoved:
    """A group has another address from now on: `to`, within the same channel."""

    to: str


GroupEvent = AddedToGroup | AddedToSpace | SecondChat | RemovedFromGroup | GroupRights | GroupMoved

"""What Matrix brings, as items: events, invitations, and rooms that people or the bot left.

An event is kept as the homeserver sent it, or decrypted if its key was there when it came.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from nio import BadEvent, Event, RoomMessageMedia
from pydantic import TypeAdapter, ValidationError

from bot.channels.base import UndecodableItem


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something that happened in a room that the bot is in.

    Attributes:
        room_id: the room.
        source: the event as JSON.
        was_decrypted: whether `source` is what was in an encrypted event.
    """

    room_id: str
    source: dict[str, Any]
    was_decrypted: bool

    @classmethod
    def of(cls, room_id: str, event: Event | BadEvent) -> "RoomEvent":
        """Returns an event that the library parsed, as an item keeps it."""
        return cls(room_id, event.source, bool(event.decrypted))

    def event(self) -> Event:
        """Returns the event, parsed again.

        Raises:
            UndecodableItem: the library makes nothing of it.
        """
        parse = parse_decrypted if self.was_decrypted else Event.parse_event
        try:
            event = parse(self.source)
        except Exception as error:  # whatever the library's parser stumbles over
            raise UndecodableItem(type(error).__name__) from None
        if not isinstance(event, Event):
            raise UndecodableItem("BadEvent")
        return event


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody invited the bot to a room."""

    invited_to: str
    inviter: str


@dataclass(frozen=True, slots=True)
class Departure:
    """A person left their private room, or put the bot out of it; `key` is this item's own."""

    departed: str
    key: str


@dataclass(frozen=True, slots=True)
class Removal:
    """The bot is not in a room any more; `key` is this item's own."""

    removed_from: str
    key: str


MatrixItem = RoomEvent | Invitation | Departure | Removal
ADAPTER: TypeAdapter[MatrixItem] = TypeAdapter(MatrixItem)


def parse_decrypted(source: dict[str, Any]) -> Event | BadEvent:
    """Returns what was in an encrypted event, as the library parses it.

    The library makes nothing of a picture or file there that is not encrypted itself. That is how
    one comes that somebody forwards from a room without encryption.
    """
    event = Event.parse_decrypted_event(source)
    if isinstance(event, BadEvent) and event.type == "m.room.message":
        plain = Event.parse_event(source)
        return plain if isinstance(plain, RoomMessageMedia) else event
    return event


def encoded(item: MatrixItem) -> bytes:
    """Returns an item as bytes; none if it is nested too deep, which has it set aside."""
    try:
        return json.dumps(asdict(item), separators=(",", ":")).encode()
    except RecursionError:
        return b""


def decoded(content: bytes) -> MatrixItem:
    """Returns the item that `encoded` wrote.

    Raises:
        UndecodableItem: it did not.
    """
    try:
        return ADAPTER.validate_json(content)
    except ValidationError:
        raise UndecodableItem("ValidationError") from None

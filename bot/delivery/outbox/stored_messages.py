"""The messages of the outbox as bytes: written when a reply is decided, read when it is sent late.

Reading them needs no more than the bytes: what a picture shows is stored as data, and drawn when it
is sent.
"""

from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.messages import (
    FOR_MINUTES,
    Button,
    Drawing,
    Farewell,
    File,
    NudgeReference,
    Outgoing,
    Picture,
    Purpose,
)
from bot.pictures.registry import drawing_class, drawing_name

# Telegram takes files of 50 MB from a bot. What is larger than this goes out from memory alone.
MAX_BYTES = 16 * 1024 * 1024
_BASE64 = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")


class UnreadableMessage(Exception):
    """A stored message that this version of the program cannot read."""


class StoredPicture(BaseModel):
    """A picture: the name of its drawing in `bot.pictures.registry`, and the drawing's values."""

    model_config = _BASE64

    drawing: str
    values: dict[str, Any]
    name: str


class StoredFile(BaseModel):
    """A file: its name, and its bytes."""

    model_config = _BASE64

    name: str
    content: bytes


class StoredMessage(BaseModel):
    """A message. The fields are those of `Outgoing`; how long it is relevant is in its row."""

    model_config = _BASE64

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: StoredPicture | None = None
    file: StoredFile | None = None
    replaces: str | None = None
    about: NudgeReference | None = None
    thread: str | None = None
    room: str | None = None
    farewell: Farewell | None = None


def label(channel: str, key: str) -> str:
    """Returns the label under which a message is sealed: no row can take the place of another."""
    return f"outbox/{channel}/{key}"


def subject(message: Outgoing) -> str | None:
    """Returns what a message is about, if a later one about the same makes it pointless; or None.

    Such are an edit of the text of a message, and the question about a nudge.
    """
    if message.replaces is not None:
        return f"edit {message.replaces}" if message.text else None
    if message.about is not None and message.about.purpose is Purpose.QUESTION:
        return f"question {message.about.nudge_id}"
    return None


def relevant_for(message: Outgoing) -> timedelta:
    """Returns how long after it was decided a message may still be sent.

    What only takes buttons away is never relevant for long: a press on them is answered.
    """
    only_choices = message.replaces is not None and not message.text
    return min(message.relevant_for, FOR_MINUTES) if only_choices else message.relevant_for


def dump_message(message: Outgoing) -> bytes:
    """Returns a message as bytes."""
    picture, file = message.picture, message.file
    stored = StoredMessage(
        text=message.text,
        buttons=message.buttons,
        picture=None if picture is None else _stored_picture(picture),
        file=None if file is None else StoredFile(name=file.name, content=file.content),
        replaces=message.replaces,
        about=message.about,
        thread=message.thread,
        room=message.room,
        farewell=message.farewell,
    )
    return stored.model_dump_json(exclude_defaults=True).encode()


def load_message(content: bytes) -> Outgoing:
    """Returns the message that was dumped.

    Raises:
        UnreadableMessage: it has another form, such as a later version's.
    """
    try:
        stored = StoredMessage.model_validate_json(content)
        picture = None if stored.picture is None else _picture(stored.picture)
    except (ValidationError, KeyError) as error:
        raise UnreadableMessage("not a message of this version") from error
    file = None if stored.file is None else File(stored.file.name, stored.file.content)
    return Outgoing(
        stored.text,
        stored.buttons,
        picture,
        file,
        stored.replaces,
        stored.about,
        thread=stored.thread,
        room=stored.room,
        farewell=stored.farewell,
    )


def _stored_picture(picture: Picture) -> StoredPicture:
    name = drawing_name(picture.drawing)
    values = _drawings(name).dump_python(picture.drawing, mode="json")
    return StoredPicture(drawing=name, values=values, name=picture.name)


def _picture(stored: StoredPicture) -> Picture:
    drawing: Drawing = _drawings(stored.drawing).validate_python(stored.values)
    return Picture(drawing, stored.name)


@cache
def _drawings(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(drawing_class(name))

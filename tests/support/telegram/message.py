"""Messages as people see them, and as they stand in the JSON."""

import re
import time
from dataclasses import dataclass, field, replace
from typing import Any

COMMAND = re.compile(r"(?:^|(?<=\s))/[A-Za-z0-9_]{1,32}(?:@\w+)?")


@dataclass(frozen=True)
class Button:
    """A button under a message: it gives the bot its data or opens its address."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Message:
    """A message as it was when it was looked at; a later edit gives a new one with the same id."""

    id: int
    chat_id: int
    date: int
    from_bot: bool
    text: str | None = None
    caption: str | None = None
    entities: list[dict[str, Any]] = field(default_factory=list)
    buttons: list[list[Button]] = field(default_factory=list)
    photo: bytes | None = None
    document: tuple[str, bytes] | None = None
    reply_to: int | None = None
    edits: int = 0
    edit_date: int | None = None
    # The sticker, photo, voice or document as it stands in the JSON, with its file_id.
    media: dict[str, Any] = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        """Whether the message was changed after it was sent."""
        return self.edits > 0

    @property
    def words(self) -> str:
        """Its text, or else its caption."""
        return self.text or self.caption or ""

    @property
    def labels(self) -> list[str]:
        """What is on its buttons, in reading order."""
        return [button.text for row in self.buttons for button in row]

    def changed(self, **what: Any) -> "Message":  # noqa: ANN401 - fields of a message
        """The message after an edit."""
        return replace(self, edits=self.edits + 1, edit_date=int(time.time()), **what)

    def line(self, who: str) -> str:
        """The message in one line of a transcript."""
        parts = [f"#{self.id} {who}{' (edited)' if self.edited else ''}:"]
        parts += [f"({kind})" for kind in self.media]
        parts += [self.words] if self.words else []
        parts += [f"[{label}]" for label in self.labels]
        return " ".join(parts)


def commands_in(text: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "bot_command",
            "offset": len(text[: found.start()].encode("utf-16-le")) // 2,
            "length": len(found[0]),
        }
        for found in COMMAND.finditer(text)
    ]


def markup_of(rows: list[list[Button]]) -> dict[str, Any] | None:
    keyboard = [[_button_json(button) for button in row] for row in rows]
    return {"inline_keyboard": keyboard} if keyboard else None


def _button_json(button: Button) -> dict[str, str]:
    parts = {"text": button.text, "callback_data": button.data, "url": button.url}
    return {name: value for name, value in parts.items() if value is not None}

"""What somebody's client shows of a message on Matrix."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """A message in a room, as it looks now."""

    id: str
    room: str
    sender: str
    text: str
    kind: str
    content: dict[str, Any]
    sealed: bool
    html: str | None = None
    edits: int = 0
    edited_at: int = 0  # milliseconds, as the homeserver has it
    redacted: bool = False
    reactions: dict[tuple[str, str], None] = field(default_factory=dict)  # in order

    @property
    def thread(self) -> str | None:
        """The id of the message whose thread it is in."""
        relation = self.content.get("m.relates_to", {})
        return relation.get("event_id") if relation.get("rel_type") == "m.thread" else None

    @property
    def first_line(self) -> str:
        """Enough to recognise it by."""
        return self.text.partition("\n")[0]

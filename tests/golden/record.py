"""What was seen in a chat, in order, as plain data and as a transcript."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

BOT = "Olievlek"
Labels = tuple[tuple[str, ...], ...]
INDENT = "    "
UNCHANGED = "…"


class Kind(StrEnum):
    """What happened."""

    MOMENT = "moment"
    PLACE = "place"
    SAYS = "says"
    CHANGES = "changes"
    TAPS = "taps"
    REACTS = "reacts"
    NOTICE = "notice"
    ELSEWHERE = "elsewhere"


FORMS = {
    "nl": {
        Kind.MOMENT: "[{text}]",
        Kind.PLACE: "[{text}]",
        Kind.SAYS: "{who}: {text}",
        Kind.CHANGES: "{who} wijzigt: {text}",
        Kind.TAPS: "{who} tikt op {text}",
        Kind.REACTS: "{who} reageert met {text}",
        Kind.NOTICE: "Even in beeld: {text}",
        Kind.ELSEWHERE: "({text})",
    },
    "en": {
        Kind.MOMENT: "[{text}]",
        Kind.PLACE: "[{text}]",
        Kind.SAYS: "{who}: {text}",
        Kind.CHANGES: "{who} changes: {text}",
        Kind.TAPS: "{who} taps {text}",
        Kind.REACTS: "{who} reacts with {text}",
        Kind.NOTICE: "Shown for a moment: {text}",
        Kind.ELSEWHERE: "({text})",
    },
}
NO_BUTTONS = {"nl": "(de knoppen zijn weg)", "en": "(the buttons are gone)"}


@dataclass(frozen=True)
class Event:
    """One thing that was seen.

    Attributes:
        kind: what it was.
        text: its words.
        who: whose it is; empty where it is nobody's.
        labels: what its buttons say, row by row.
        attached: what came with it, in words: a file's name, a picture's size.
        picture: the picture itself. Not compared: another version of a font draws another one.
    """

    kind: Kind
    text: str
    who: str = ""
    labels: Labels = ()
    attached: str = ""
    picture: bytes | None = field(default=None, compare=False, repr=False)

    def lines(self, language: str) -> list[str]:
        """The event as it stands in a transcript."""
        attached = [f"[{self.attached}]"] if self.attached else []
        words = "\n".join([*attached, self.text] if self.text else attached)
        said = FORMS[language][self.kind].format(who=self.who, text=words)
        first, *more = said.splitlines()
        rows = [" ".join(f"[{label}]" for label in row) for row in self.labels]
        return [first, *(f"{INDENT}{line}".rstrip() for line in (*more, *rows))]


class Record:
    """What was seen in a dialogue.

    Args:
        language: in which it is held.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.events: list[Event] = []
        self._instead: dict[str, str] = {}

    def add(self, event: Event) -> None:
        """Notes what was seen."""
        self.events.append(event)

    def starts_here(self) -> None:
        """All before this was needed to come here, and is not shown."""
        self.events.clear()

    def shows(self, pattern: str, instead: str) -> str:
        """Shows something that differs each time as `instead`; returns what it really was."""
        texts = [one.text for one in reversed(self.events)]
        found = [match[0] for text in texts if (match := re.search(pattern, text))]
        assert found, f"{pattern} is in no message"
        self._instead[found[0]] = instead
        return found[0]

    @property
    def shown(self) -> list[Event]:
        """The events as they may be shown."""
        return [self._tidy(event) for event in self.events]

    def transcript(self) -> str:
        """The whole dialogue in words."""
        return "\n".join(line for event in self.shown for line in event.lines(self.language))

    def _tidy(self, event: Event) -> Event:
        text = event.text
        for real, instead in self._instead.items():
            text = text.replace(real, instead)
        return Event(event.kind, text, event.who, event.labels, event.attached, event.picture)


def changed(before: str, now: str, language: str, labels: Iterable[object]) -> str:
    """What is new in a message that was changed; the rest is left out."""
    old = before.split("\n\n")
    parts: list[str] = []
    for part in now.split("\n\n"):
        if part not in old:
            parts.append(part)
        elif parts[-1:] != [UNCHANGED]:
            parts.append(UNCHANGED)
    if parts == [UNCHANGED] and not before.endswith(now):  # something went from the midst of it
        return now
    if parts == [UNCHANGED] and not labels:
        return NO_BUTTONS[language]
    return "\n\n".join(parts).replace(f"{UNCHANGED}\n\n", f"{UNCHANGED}\n")

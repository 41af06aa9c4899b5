"""How two contents of a set differ: which challenges, in which fields, and in which words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from bot.core.challenges.challenge import Challenge
from bot.store.challenges.set_drafts import Content

OWN = tuple(Challenge.model_fields)


class ChangeKind(StrEnum):
    """What became of a challenge."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text; `marked` when the other text does not have them there."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that differs: its language (empty: none) and name, and both texts in pieces."""

    language: str
    field: str
    before: Sequence[Piece]
    after: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class ChallengeDifference:
    """A challenge that differs, as it was and as it is; None: it was or is not there."""

    slug: str
    kind: ChangeKind
    before: Content | None
    after: Content | None

    def fields(self) -> list[FieldDifference]:
        """Returns the fields that differ, with the words that do."""
        before, after = _flat(self.before or {}), _flat(self.after or {})
        differing = (key for key in {**before, **after} if before.get(key) != after.get(key))
        return [
            FieldDifference(*key, *pieces(before.get(key, ""), after.get(key, "")))
            for key in differing
        ]


def differences(before: Content, after: Content) -> list[ChallengeDifference]:
    """Returns what differs, in the order of `after`; what was removed comes last."""
    old, new = (
        {str(challenge.get("id", "")): challenge for challenge in content["challenges"]}
        for content in (before, after)
    )
    found = []
    for slug, challenge in new.items():
        if slug not in old:
            found.append(ChallengeDifference(slug, ChangeKind.ADDED, None, challenge))
        elif _flat(old[slug]) != _flat(challenge):
            found.append(ChallengeDifference(slug, ChangeKind.CHANGED, old[slug], challenge))
    found += [
        ChallengeDifference(slug, ChangeKind.REMOVED, challenge, None)
        for slug, challenge in old.items()
        if slug not in new
    ]
    return found


def _flat(challenge: Content) -> Mapping[tuple[str, str], str]:
    """Returns the text of each field that has one, by language and name."""
    flat: dict[tuple[str, str], str] = {}
    for key, value in challenge.items():
        if isinstance(value, dict):
            flat |= {(key, field): str(text) for field, text in value.items() if text}
        elif key in OWN and key != "id" and value:
            flat["", key] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    flat.setdefault(("", "span"), "today")
    return flat


def pieces(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Returns two texts in pieces, with a space between two, and marks what the other lacks."""
    old, new = before.split(" ") if before else [], after.split(" ") if after else []
    was: list[Piece] = []
    now: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        marked = tag != "equal"
        was += [Piece(" ".join(old[i1:i2]), marked)] if i2 > i1 else []
        now += [Piece(" ".join(new[j1:j2]), marked)] if j2 > j1 else []
    return was, now

"""What can be wrong with a file of challenges: where, in which field, and what would be right."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.core.challenge import (
    MAX_CHALLENGES,
    Challenge,
    ChallengeSet,
    ChallengeText,
    Title,
    duplicate_ids,
)

Path = tuple[int | str, ...]
MAX_FAULTS = 200  # more than anybody mends in one go
MAX_SHOWN = 60  # characters of what somebody wrote, in a line about it


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        line: the line in the file, from 1.
        field: the field's path, such as `challenges[2].nl.task`.
        kind: the message of the catalogue that tells it, without `fault.`.
        details: what that message fills in.
    """

    line: int
    field: str
    kind: str
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class SetFaults(Exception):
    """A file is no valid challenge set.

    Attributes:
        faults: why, top to bottom; the first 200.
        more: how many there are beside those.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = sorted(faults, key=lambda fault: fault.line)[:MAX_FAULTS]
        self.more = len(faults) - len(self.faults)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What a file says, and where.

    Attributes:
        given: plain mappings, lists and scalars.
        lines: the line of each path; what is missing stands at its parent's line.
        names: what people call a path, where that is not `challenges[2].nl.task`: the cell.
        faults: what was wrong already, by path; nothing else is told about that path.
    """

    given: Any
    lines: Mapping[Path, int]
    names: Mapping[Path, str] = dataclasses.field(default_factory=dict)
    faults: Sequence[tuple[Path, Fault]] = ()

    def fault(self, path: Path, kind: str, details: Mapping[str, Any]) -> Fault:
        """Something is wrong with what stands at `path`."""
        at = path
        while at and at not in self.lines:
            at = at[:-1]
        return Fault(
            self.lines.get(at, 1), self.names.get(path) or dotted_path(path), kind, details
        )


def validate(written: ParsedFile) -> ChallengeSet:
    """The challenge set that a file describes.

    Raises:
        SetFaults: all that is wrong with it.
    """
    faults = [fault for _, fault in written.faults]
    given, length = _first_challenges(written.given)
    if length > MAX_CHALLENGES:
        most = {"length": length, "max_length": MAX_CHALLENGES}
        faults.append(written.fault(("challenges",), "too_long", most))
    try:
        found = ChallengeSet.model_validate(given)
    except ValidationError as error:
        faults += [*_of_model(written, error.errors(include_url=False)), *_duplicate_ids(written)]
        raise SetFaults(_without_duplicates(faults)) from error
    if faults:
        raise SetFaults(_without_duplicates(faults))
    return found


def _first_challenges(given: Any) -> tuple[Any, int]:  # noqa: ANN401 - any file
    """What is given, with no more challenges than there may be; how many there are."""
    rows = given.get("challenges") if isinstance(given, dict) else None
    if not isinstance(rows, list) or len(rows) <= MAX_CHALLENGES:
        return given, 0
    return {**given, "challenges": rows[:MAX_CHALLENGES]}, len(rows)


def _without_duplicates(faults: Sequence[Fault]) -> list[Fault]:
    return list({(one.line, one.field, one.kind): one for one in faults}.values())


def _of_model(written: ParsedFile, errors: Iterable[Any]) -> list[Fault]:
    """The model's errors as faults, without what a fault told already."""
    told = {path for path, _ in written.faults}
    faults: list[Fault] = []
    for found in errors:
        path = found["loc"]
        if _is_consequence(found) or any(path[:n] in told for n in range(1, len(path) + 1)):
            continue
        hints = len(faults) < MAX_FAULTS  # looking for what is meant takes a while
        faults.append(_fault(found, written, hints))
    return faults


def _is_consequence(found: Mapping[str, Any]) -> bool:
    """A list counts as too short when none of its rows is valid; those rows tell it better."""
    return (
        found["type"] == "too_short" and isinstance(found["input"], list) and bool(found["input"])
    )


def _fault(found: Mapping[str, Any], written: ParsedFile, hints: bool) -> Fault:
    path: Path = found["loc"]
    details = dict(found.get("ctx", {}))
    kind = str(found["type"])
    given = found.get("input")
    if kind == "double_id":
        path = ("challenges", details.pop("row"), "id")
    elif kind == "extra_forbidden":
        details = {"name": printable(str(path[-1])), "meant": _closest_field(path) if hints else ""}
        kind = "unknown_with_hint" if details["meant"] else "unknown"
    elif kind.startswith("string_too") or kind.startswith("too_"):
        details["length"] = len(given.strip() if isinstance(given, str) else given or "")
    elif kind == "string_pattern_mismatch":
        details = {"given": printable(str(given))}
    elif kind == "string_unicode":
        kind, details = "unreadable", {"character": _surrogate(str(given))}
    elif kind == "markup":
        details = {"markup": printable(details["markup"])}
    elif kind not in KINDS:
        kind, details = "malformed", {}
    return written.fault(path, kind, details)


def printable(text: str) -> str:
    """`text` as a line on a screen can show it: not long, and nothing that moves the cursor."""
    start = text[: MAX_SHOWN + 1]
    clear = "".join(character if character.isprintable() else "\ufffd" for character in start)
    return clear if len(clear) <= MAX_SHOWN else f"{clear[:MAX_SHOWN]}…"


def _surrogate(text: str) -> str:
    """The code point of half a character, which is no text by itself."""
    return next((f"U+{ord(one):04X}" for one in text if "\ud800" <= one <= "\udfff"), "U+FFFD")


KINDS = frozenset(
    {
        *("missing", "double_id", "unreadable", "markup"),
        *("greater_than_equal", "less_than_equal", "int_type", "string_type"),
    }
)
MODELS: dict[str, type[BaseModel]] = {"title": Title, "nl": ChallengeText, "en": ChallengeText}


def _closest_field(path: Path) -> str:
    """The known field that an unknown one looks like; empty when it looks like none."""
    parents = [part for part in path[:-1] if isinstance(part, str)]
    model: type[BaseModel] = ChallengeSet
    if parents:
        model = MODELS.get(parents[-1], Challenge)
    return closest_match(str(path[-1]), list(model.model_fields))


def closest_match(name: str, known: Sequence[str]) -> str:
    """The one of `known` that `name` looks like; empty when it looks like none."""
    close = get_close_matches(name[:MAX_SHOWN], known, n=1)
    return close[0] if close else ""


def _duplicate_ids(written: ParsedFile) -> list[Fault]:
    """Ids that are there twice, which the model tells only of a set without other faults."""
    given = written.given
    rows = given.get("challenges") if isinstance(given, dict) else None
    slugs = [
        row.get("id") if isinstance(row, dict) else None
        for row in (rows if isinstance(rows, list) else [])
    ]
    return [
        written.fault(("challenges", row, "id"), "double_id", {"id": printable(slug)})
        for row, slug in duplicate_ids(slugs)
    ]


def dotted_path(path: Path) -> str:
    """`challenges[2].nl.task`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{printable(part)}"
    return text.removeprefix(".") or "set"

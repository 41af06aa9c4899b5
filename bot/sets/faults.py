"""What can be wrong with a file of challenges: where, in which field, and what would be right."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.core.challenge import Challenge, ChallengeSet, Text, Title, doubled_ids

Path = tuple[int | str, ...]


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
    """A file is no valid challenge set; `faults` says why, top to bottom."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = list(faults)


def checked(given: Any, lines: Mapping[Path, int]) -> ChallengeSet:  # noqa: ANN401 - any file
    """The challenge set that `given` describes.

    Args:
        given: what the file holds, as plain mappings, lists and scalars.
        lines: the line of each path in it; what is missing stands at its parent's line.

    Raises:
        SetFaults: all that is wrong with it.
    """
    try:
        return ChallengeSet.model_validate(given)
    except ValidationError as error:
        faults = [_fault(dict(found), lines) for found in error.errors() if not _echo(dict(found))]
        faults += _doubles(given, lines)
        unique = {(fault.line, fault.field, fault.kind): fault for fault in faults}
        raise SetFaults(sorted(unique.values(), key=lambda fault: fault.line)) from error


def _echo(found: Mapping[str, Any]) -> bool:
    """A list counts as too short when none of its rows is valid; those rows tell it better."""
    return (
        found["type"] == "too_short" and isinstance(found["input"], list) and bool(found["input"])
    )


def _fault(found: Mapping[str, Any], lines: Mapping[Path, int]) -> Fault:
    path: Path = found["loc"]
    details = dict(found.get("ctx", {}))
    kind = str(found["type"])
    given = found.get("input")
    if kind == "double_id":
        path = ("challenges", details.pop("row"), "id")
    elif kind == "extra_forbidden":
        details = {"name": path[-1], "meant": _meant(path)}
        kind = "unknown_with_hint" if details["meant"] else "unknown"
    elif kind.startswith("string_too") or kind.startswith("too_"):
        details["length"] = len(given.strip() if isinstance(given, str) else given or "")
    elif kind == "string_pattern_mismatch":
        details = {"given": given}
    elif kind not in KINDS:
        kind, details = "malformed", {}
    return Fault(_line(path, lines), _dotted(path), kind, details)


KINDS = frozenset(
    {
        *("missing", "double_id", "unreadable", "markup"),
        *("greater_than_equal", "less_than_equal", "int_type", "string_type"),
    }
)
MODELS: dict[str, type[BaseModel]] = {"title": Title, "nl": Text, "en": Text}


def _meant(path: Path) -> str:
    """The known field that an unknown one looks like; empty when it looks like none."""
    parents = [part for part in path[:-1] if isinstance(part, str)]
    model: type[BaseModel] = ChallengeSet
    if parents:
        model = MODELS.get(parents[-1], Challenge)
    close = get_close_matches(str(path[-1]), list(model.model_fields), n=1)
    return close[0] if close else ""


def _doubles(given: Any, lines: Mapping[Path, int]) -> list[Fault]:  # noqa: ANN401 - any file
    """Ids that are there twice, which the model tells only of a set without other faults."""
    rows = given.get("challenges") if isinstance(given, dict) else None
    slugs = [
        row.get("id") if isinstance(row, dict) else None
        for row in (rows if isinstance(rows, list) else [])
    ]
    return [
        Fault(_line(path, lines), _dotted(path), "double_id", {"id": slug})
        for row, slug in doubled_ids(slugs)
        for path in [("challenges", row, "id")]
    ]


def _line(path: Path, lines: Mapping[Path, int]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "set"

"""Validates files of challenges, and says what is wrong: on which line, in which field, and why."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from bot.core.challenges.challenge import (
    CHOICES,
    MAX_CHALLENGES,
    Challenge,
    ChallengeSet,
    ChallengeText,
    duplicate_ids,
)
from bot.languages import registry
from bot.languages.tags import canonical_tag
from bot.set_files.columns import Path

MAX_FAULTS = 200  # more than anybody corrects in one go
MAX_SHOWN = 60  # characters of a text from a file, in a line about it


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file.

    Attributes:
        line: the line in the file, from 1.
        field: the field's path, such as `challenges[2].nl.task`.
        kind: the name of its message in the catalogue, without `fault.`.
        details: the values that the message fills in.
    """

    line: int
    field: str
    kind: str
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class SetFaults(Exception):
    """A file is no valid challenge set.

    Attributes:
        faults: what is wrong, top to bottom; the first `MAX_FAULTS`.
        more: the number of faults beyond those.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = sorted(faults, key=lambda fault: fault.line)[:MAX_FAULTS]
        self.more = len(faults) - len(self.faults)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The content of a file before it is validated, and where each part of it is.

    Attributes:
        content: plain mappings, lists and scalars.
        lines: the line of each path; a missing one counts as on its parent's line.
        names: the name of a path where it is not `challenges[2].nl.task`, such as that of a cell.
        faults: what the parser saw already, with its path; the model's errors there are left out.
    """

    content: Any
    lines: Mapping[Path, int]
    names: Mapping[Path, str] = dataclasses.field(default_factory=dict)
    faults: Sequence[tuple[Path, Fault]] = ()

    def fault(self, path: Path, kind: str, details: Mapping[str, Any]) -> Fault:
        """Returns a fault of what is at `path`."""
        at = path
        while at and at not in self.lines:
            at = at[:-1]
        # A tag has no name of its own: it is one of several in a cell.
        name = self.names.get(path) or self.names.get(path[:-1]) or dotted_path(path)
        return Fault(self.lines.get(at, 1), name, kind, details)


def validate(parsed: ParsedFile) -> ChallengeSet:
    """Returns the challenge set that a file describes.

    Raises:
        SetFaults: everything that is wrong with it.
    """
    faults = [fault for _, fault in parsed.faults]
    content, length = _first_challenges(parsed.content)
    if length > MAX_CHALLENGES:
        lengths = {"length": length, "max_length": MAX_CHALLENGES}
        faults.append(parsed.fault(("challenges",), "too_long", lengths))
    try:
        challenge_set = ChallengeSet.model_validate(content)
    except ValidationError as error:
        faults += [*_model_faults(parsed, error.errors(include_url=False)), *_duplicate_ids(parsed)]
        raise SetFaults(_without_duplicates(faults)) from error
    if faults:
        raise SetFaults(_without_duplicates(faults))
    return challenge_set


def _first_challenges(content: Any) -> tuple[Any, int]:  # noqa: ANN401 - any file
    """Returns the content with at most `MAX_CHALLENGES`, and their number where it is too large."""
    rows = content.get("challenges") if isinstance(content, dict) else None
    if not isinstance(rows, list) or len(rows) <= MAX_CHALLENGES:
        return content, 0
    return {**content, "challenges": rows[:MAX_CHALLENGES]}, len(rows)


def _without_duplicates(faults: Sequence[Fault]) -> list[Fault]:
    return list({(fault.line, fault.field, fault.kind): fault for fault in faults}.values())


def _model_faults(parsed: ParsedFile, errors: Iterable[Any]) -> list[Fault]:
    """Returns the model's errors as faults, without those at paths that have a fault already."""
    known = {path for path, _ in parsed.faults}
    faults: list[Fault] = []
    for error in errors:
        path = error["loc"]
        if _is_consequence(error) or any(path[:n] in known for n in range(1, len(path) + 1)):
            continue
        hints = len(faults) < MAX_FAULTS  # looking for what is meant takes a while
        faults.append(_model_fault(error, parsed, hints))
    return faults


def _is_consequence(error: Mapping[str, Any]) -> bool:
    """Whether a list only counts as too short because none of its rows is valid."""
    return (
        error["type"] == "too_short" and isinstance(error["input"], list) and bool(error["input"])
    )


def _model_fault(error: Mapping[str, Any], parsed: ParsedFile, hints: bool) -> Fault:
    path: Path = error["loc"]
    details = dict(error.get("ctx", {}))
    kind = str(error["type"])
    value = error.get("input")
    if kind == "double_id":
        path = ("challenges", details.pop("row"), "id")
    elif kind == "extra_forbidden":
        details = {"name": printable(str(path[-1])), "meant": _closest_field(path) if hints else ""}
        kind = "unknown_with_hint" if details["meant"] else "unknown"
    elif kind.startswith("string_too") or kind.startswith("too_"):
        details["length"] = len(value.strip() if isinstance(value, str) else value or "")
    elif kind == "string_pattern_mismatch":
        details = {"given": printable(str(value))}
    elif kind == "enum":
        kind, details = _not_a_choice(path, value, hints)
    elif kind == "string_unicode":
        kind, details = "unreadable", {"character": _surrogate(str(value))}
    elif kind == "markup":
        details = {"markup": printable(details["markup"])}
    elif kind not in KINDS:
        kind, details = "malformed", {}
    return parsed.fault(path, kind, details)


def _not_a_choice(path: Path, value: object, hints: bool) -> tuple[str, dict[str, Any]]:
    """Returns the kind and the details of the fault of a value that is none of a few words."""
    field = next(part for part in reversed(path) if isinstance(part, str))
    given = printable(str(value))
    meant = closest_match(str(value).lower(), CHOICES[field]) if hints else ""
    details = {"given": given, "meant": meant, "choices": ", ".join(CHOICES[field])}
    return "not_a_choice_with_hint" if meant else "not_a_choice", details


def printable(text: str) -> str:
    """Returns `text` for a line on a screen: shortened, and with nothing that moves the cursor."""
    start = text[: MAX_SHOWN + 1]
    clear = "".join(character if character.isprintable() else "\ufffd" for character in start)
    return clear if len(clear) <= MAX_SHOWN else f"{clear[:MAX_SHOWN]}…"


def _surrogate(text: str) -> str:
    """Returns the code point of the first surrogate in `text`, which is no character by itself."""
    surrogates = (character for character in text if "\ud800" <= character <= "\udfff")
    return f"U+{ord(next(surrogates, chr(0xFFFD))):04X}"


KINDS = frozenset(
    {
        *("missing", "double_id", "unreadable", "markup"),
        *("greater_than_equal", "less_than_equal", "int_type", "string_type"),
    }
)


def _closest_field(path: Path) -> str:
    """Returns the known field that an unknown one looks like; empty when it looks like none."""
    name = str(path[-1])
    if (tag := canonical_tag(name)) in registry.tags():
        return tag or ""  # in another letter case than that of the tag
    return closest_match(name, _known_fields([part for part in path[:-1] if isinstance(part, str)]))


def _known_fields(parents: Sequence[str]) -> list[str]:
    """Returns the fields that there are within the last of `parents`; within the set for none."""
    if not parents:
        return list(ChallengeSet.model_fields)
    match parents[-1]:
        case "title":
            return list(registry.tags())
        case "challenges":
            return [*Challenge.model_fields, *registry.tags()]
        case _:
            return list(ChallengeText.model_fields)


def closest_match(name: str, known: Sequence[str]) -> str:
    """Returns the one of `known` that `name` looks like; empty when it looks like none."""
    close = get_close_matches(name[:MAX_SHOWN], known, n=1)
    return close[0] if close else ""


def _duplicate_ids(parsed: ParsedFile) -> list[Fault]:
    """Returns the faults of ids used twice; the model sees those only in an otherwise valid set."""
    content = parsed.content
    rows = content.get("challenges") if isinstance(content, dict) else None
    slugs = [
        row.get("id") if isinstance(row, dict) else None
        for row in (rows if isinstance(rows, list) else [])
    ]
    return [
        parsed.fault(("challenges", row, "id"), "double_id", {"id": printable(slug)})
        for row, slug in duplicate_ids(slugs)
    ]


def dotted_path(path: Path) -> str:
    """Returns a path as people read it: `challenges[2].nl.task`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{printable(part)}"
    return text.removeprefix(".") or "set"

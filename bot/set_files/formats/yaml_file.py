"""Reads challenge sets from YAML, safely and with the line of every field.

The C scanner of PyYAML gives the events; what is built of them is no more than text, numbers,
lists and mappings, as YAML 1.2 has them. Nothing is expanded, and no object comes of a tag.
"""

import re
from typing import Any, cast

from yaml import CSafeLoader
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)

from bot.core.challenges.challenge import ChallengeSet
from bot.set_files.columns import Path
from bot.set_files.formats.encodings import decode
from bot.set_files.validation import (
    MAX_FAULTS,
    Fault,
    ParsedFile,
    SetFaults,
    dotted_path,
    validate,
)

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 40_000  # 500 challenges take some 14,000
DEEPEST = 12
MAX_IN_NUMBER = 40
# What YAML itself refuses to hold, but for the separators that make a line.
NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NULL = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
WHOLE = re.compile(r"[-+]?[0-9]+")
BROKEN = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)")
# What the scanner says, and the kind of fault that explains it.
SLIPS = {
    "mapping values are not allowed in this context": "yaml_colon",
    "found unexpected end of stream": "yaml_quote",
    "did not find expected node content": "yaml_quote",
    "did not find expected ',' or ']'": "yaml_quote",
    "did not find expected ',' or '}'": "yaml_quote",
    "found invalid Unicode character escape code": "yaml_escape",
    "found character that cannot start any token": "yaml_character",
    "did not find expected key": "yaml_indent",
    "did not find expected '-' indicator": "yaml_indent",
    "could not find expected ':'": "yaml_indent",
}
# No text, until somebody puts it in quotes.
DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")
UNQUOTED = object()


def parse_set(content: bytes) -> ChallengeSet:
    """Returns the challenge set in `content`, which is YAML.

    Raises:
        SetFaults: all that is wrong with it.
    """
    return validate(parse(content))


def parse(content: bytes) -> ParsedFile:
    """Returns what `content`, which is YAML, says and on which lines.

    Raises:
        SetFaults: it is no YAML, or holds far too much.
    """
    if len(content) > MAX_BYTES:
        raise SetFaults([Fault(1, "file", "too_large")])
    return parse_text(decode(content))


def parse_text(text: str) -> ParsedFile:
    """Returns what `text` says and on which lines.

    Raises:
        SetFaults: it is no YAML, or holds far too much.
    """
    faults = _control_characters(text)
    parsed = _EventReader(NOT_YAML.sub(" ", text) if faults else text).parsed(faults)
    if parsed.content is None:
        raise SetFaults([fault for _, fault in parsed.faults] or [Fault(1, "file", "empty")])
    return parsed


def _control_characters(text: str) -> list[tuple[Path, Fault]]:
    """Returns a fault for each control character, once a line."""
    faults: list[tuple[Path, Fault]] = []
    for number, line in enumerate(text.split("\n") if NOT_YAML.search(text) else (), 1):
        for character in sorted(set(NOT_YAML.findall(line))):
            code = {"character": f"U+{ord(character):04X}"}
            faults.append(((), Fault(number, "file", "unreadable", code)))
        if len(faults) > 2 * MAX_FAULTS:
            break
    return faults


class _EventReader:
    """Builds mappings, lists and scalars from the events of a text, and notes where each is."""

    def __init__(self, text: str) -> None:
        self._loader = CSafeLoader(text)
        self._events = 0
        self._lines: dict[Path, int] = {}
        self._faults: list[tuple[Path, Fault]] = []

    def parsed(self, faults: list[tuple[Path, Fault]]) -> ParsedFile:
        """Returns the content of the text, with `faults` that are known already.

        Raises:
            SetFaults: the text is not YAML.
        """
        self._faults = list(faults)
        try:
            content = self._document()
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            kind = SLIPS.get(error.problem, "not_yaml")
            self._add_fault((), line, "file", kind, problem=error.problem)
            raise SetFaults([fault for _, fault in self._faults]) from error
        except (YAMLError, ValueError, OverflowError) as error:
            self._add_fault((), 1, "file", "odd_yaml")
            raise SetFaults([fault for _, fault in self._faults]) from error
        return ParsedFile(content, self._lines, faults=self._faults)

    def _document(self) -> Any:  # noqa: ANN401 - any file
        content = None
        self._next()
        event = self._next()
        if isinstance(event, DocumentStartEvent):
            content = self._node(self._next(), ())
            self._next()
            event = self._next()
        if not isinstance(event, StreamEndEvent):
            self._add_fault((), _line(event), "file", "two_documents")
        return content

    def _next(self) -> Event:
        event = cast(Event, self._loader.get_event())
        self._events += 1
        if self._events > MAX_EVENTS:
            raise SetFaults([Fault(_line(event), "file", "too_much")])
        return event

    def _node(self, event: Event, path: Path) -> Any:  # noqa: ANN401 - any file
        if len(path) > DEEPEST:
            raise SetFaults([Fault(_line(event), "file", "too_much")])
        self._lines.setdefault(path, _line(event))
        if isinstance(event, AliasEvent) or _uses_anchors(event):
            self._add_fault(path, _line(event), "file", "reference")
        if isinstance(event, ScalarEvent):
            return _plain(event.value) if event.implicit[0] else event.value
        if isinstance(event, AliasEvent):
            return None
        return self._mapping(path) if isinstance(event, MappingStartEvent) else self._list(path)

    def _list(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), CollectionEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := self._next(), CollectionEndEvent):
            at = (*path, self._key(event, path))
            if at[-1] in mapping:
                self._add_fault(at, _line(event), dotted_path(at), "double_field")
            self._lines[at] = _line(event)
            mapping[str(at[-1])] = self._node(self._next(), at)
        return mapping

    def _key(self, event: Event, path: Path) -> str:
        if isinstance(event, ScalarEvent):
            if _uses_anchors(event):
                self._add_fault((*path, event.value), _line(event), "file", "reference")
            return str(event.value)
        self._node(event, (*path, "?"))
        self._add_fault((*path, "?"), _line(event), "file", "odd_yaml")
        return "?"

    def _add_fault(self, path: Path, line: int, field: str, kind: str, **details: Any) -> None:  # noqa: ANN401 - what a message fills in
        self._faults.append((path, Fault(line, field, kind, details)))


def _uses_anchors(event: Event) -> bool:
    """Whether a node has an anchor (may expand without end) or a tag (may build objects)."""
    return isinstance(event, NodeEvent) and (
        event.anchor is not None or getattr(event, "tag", None) is not None
    )


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _plain(text: str) -> Any:  # noqa: ANN401 - text, a number, yes or no, nothing
    """Returns the value of a scalar without quotes."""
    if text in NULL:
        return None
    if len(text) > MAX_IN_NUMBER:
        return text
    if text in BOOLEAN:
        return BOOLEAN[text]
    if WHOLE.fullmatch(text):
        return int(text)
    if BROKEN.fullmatch(text):
        return float(text.replace(".i", "i").replace(".I", "I"))
    return UNQUOTED if DATE.fullmatch(text) else text

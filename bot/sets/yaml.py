"""Challenge sets as YAML: read safely, with the line of every field."""

from io import StringIO
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.tokens import (
    AliasToken,
    AnchorToken,
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    TagToken,
)

from bot.core.challenge import ChallengeSet
from bot.sets.faults import Fault, Path, SetFaults, checked

MOST_BYTES = 1024 * 1024
MOST_TOKENS = 60_000  # 500 challenges take some 30,000
DEEPEST = 12
OPENING = (
    BlockMappingStartToken
    | BlockSequenceStartToken
    | FlowMappingStartToken
    | FlowSequenceStartToken
)
CLOSING = BlockEndToken | FlowMappingEndToken | FlowSequenceEndToken


def read_set(file: FilePath) -> ChallengeSet:
    """The challenge set in `file`.

    Raises:
        SetFaults: all that is wrong with it, also when it cannot be read at all.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise SetFaults([Fault(1, "file", "too_large")])
        content = file.read_bytes()
    except OSError as error:
        reason = "is_a_folder" if file.is_dir() else "unreadable_file"
        raise SetFaults([Fault(1, "file", reason)]) from error
    return parse_set(content)


def parse_set(content: bytes) -> ChallengeSet:
    """The challenge set in `content`, UTF-8 YAML.

    Raises:
        SetFaults: all that is wrong with it.
    """
    if len(content) > MOST_BYTES:
        raise SetFaults([Fault(1, "file", "too_large")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SetFaults([Fault(line, "file", "not_text")]) from error
    try:
        _refuse_references(text)
        given = YAML(typ="safe", pure=True).load(text)
        node = YAML(typ="safe", pure=True).compose(StringIO(text))
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = {"character": f"U+{error.character:04X}"}
        raise SetFaults([Fault(line, "file", "unreadable", code)]) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fault = Fault(mark.line + 1 if mark else 1, "file", "not_yaml", {"problem": error.problem})
        raise SetFaults([fault]) from error
    except (YAMLError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise SetFaults([Fault(1, "file", "odd_yaml")]) from error
    if given is None:
        raise SetFaults([Fault(1, "file", "empty")])
    return checked(given, _lines(node))


def _refuse_references(text: str) -> None:
    """Anchors can expand without end and tags can build objects; a set needs neither.

    Nor does it nest deeply or hold that many parts, which take a long time to load.
    """
    depth = 0
    for number, token in enumerate(YAML(typ="safe", pure=True).scan(StringIO(text))):
        line = token.start_mark.line + 1
        if isinstance(token, AnchorToken | AliasToken | TagToken):
            raise SetFaults([Fault(line, "file", "reference")])
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > DEEPEST or number > MOST_TOKENS:
            raise SetFaults([Fault(line, "file", "too_much")])


def _lines(node: Node | None, path: Path = ()) -> dict[Path, int]:
    """The line, from 1, of every path below `node`."""
    if node is None:
        return {}
    lines: dict[Path, int] = {path: node.start_mark.line + 1}
    children: list[tuple[Any, Node, int]] = []
    if isinstance(node, MappingNode):
        children = [(str(key.value), value, key.start_mark.line) for key, value in node.value]
    elif isinstance(node, SequenceNode):
        children = [(n, value, value.start_mark.line) for n, value in enumerate(node.value)]
    for part, child, line in children:
        lines |= _lines(child, (*path, part)) | {(*path, part): line + 1}
    return lines

"""Texts of the chat on a page: paragraphs and lists instead of lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

BULLET = "• "


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text: paragraphs, or the items of a list."""

    lines: Sequence[str]
    is_list: bool


def blocks_of(text: str) -> list[Block]:
    """Returns the paragraphs and lists in a text of the chat, where `• ` begins an item."""
    lines = [line for line in text.splitlines() if line]
    return [
        Block([line.removeprefix(BULLET) for line in group], is_list)
        for is_list, group in groupby(lines, key=lambda line: line.startswith(BULLET))
    ]

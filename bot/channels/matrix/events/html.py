"""Writes a message as HTML too, where that shows more than its plain text."""

import re
from html import escape
from itertools import groupby

BULLET = "• "
NUMBERED = re.compile(r"(\d{1,3})\. (.*)")


def with_lists(text: str) -> str | None:
    """Returns a text as HTML with its bullets and numbered lines as lists; None: it has none.

    All of it is escaped, whoever wrote it. https://spec.matrix.org/v1.11/client-server-api/#mroommessage-msgtypes
    """
    blocks = [(kind, list(lines)) for kind, lines in groupby(text.split("\n"), _list_of)]
    if all(kind is None for kind, _ in blocks):
        return None
    return "".join(_written(kind, lines) for kind, lines in blocks).removesuffix("<br>")


def _list_of(line: str) -> str | None:
    if line.startswith(BULLET):
        return "ul"
    return "ol" if NUMBERED.fullmatch(line) else None


def _written(kind: str | None, lines: list[str]) -> str:
    if kind is None:
        return "".join(f"{escape(line)}<br>" for line in lines)
    if kind == "ul":
        items = [line.removeprefix(BULLET) for line in lines]
        return f"<ul>{_items(items)}</ul>"
    numbered = [NUMBERED.fullmatch(line) for line in lines]
    first = numbered[0][1] if numbered[0] else "1"
    start = "" if first == "1" else f' start="{int(first)}"'
    return f"<ol{start}>{_items([found[2] for found in numbered if found])}</ol>"


def _items(lines: list[str]) -> str:
    return "".join(f"<li>{escape(line)}</li>" for line in lines)

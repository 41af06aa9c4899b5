"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table; empty if it has no rows."""
    lines = [list(map(_cell, row)) for row in rows]
    if not lines:
        return ""
    rule = ["---"] * len(head)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, rule, *lines)) + "\n"


def code(text: object) -> str:
    """Returns a text as code; nothing for an empty one."""
    return f"`{text}`" if str(text) else ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())

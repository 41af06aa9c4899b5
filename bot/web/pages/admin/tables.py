"""Tables with the headings of the command line, which lists the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.conversation.words import Words
from bot.languages.registry import language_of
from bot.languages.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its headings, and its rows, of which the first cell is the row's heading."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def table(say: Words, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Returns a table; each column is called as the command line calls it."""
    language = language_of(say.language)
    headings = [Sentence(f"column.{column}").in_language(language) for column in columns]
    return Table(headings, [[_cell(value) for value in row] for row in rows])


def _cell(value: object) -> str:
    """Returns a value as a cell shows it; a moment is in UTC."""
    if value is None:
        return ""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)

"""The sheets of a spreadsheet, whichever program wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.challenges.challenge import MAX_CHALLENGES
from bot.set_files.formats.table import Row, Table, cell_name
from bot.set_files.validation import ParsedFile

MAX_SHEETS = 10
MAX_ROWS = 4 * MAX_CHALLENGES  # with room for empty rows and explanations


@dataclass(slots=True)
class Sheet:
    """A sheet as far as it is read.

    Attributes:
        title: its name.
        rows: its rows, the first `MAX_ROWS`.
        far: the column (from 0) and row (from 1) of the first filled cell beyond those.
    """

    title: str
    rows: list[Row] = field(default_factory=list)
    far: tuple[int, int] | None = None


def parse_sheets(sheets: Sequence[Sheet]) -> ParsedFile:
    """Returns what the sheets say and in which cells."""
    table = Table()
    if len(sheets) > MAX_SHEETS:
        table.add_fault((), 1, "file", "too_much")
    for sheet in sheets:
        table.read(sheet.rows, f"{sheet.title}!")
        if sheet.far:
            table.add_fault((), sheet.far[1], f"{sheet.title}!{cell_name(*sheet.far)}", "too_far")
    return table.parsed()

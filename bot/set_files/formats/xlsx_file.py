"""Reads challenge sets from Excel files: the values of cells, nothing calculated."""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from io import BytesIO
from typing import Any

from defusedxml.ElementTree import iterparse
from openpyxl import DEFUSEDXML, load_workbook

from bot.set_files.formats.sheets import MAX_ROWS, MAX_SHEETS, Sheet, parse_sheets
from bot.set_files.formats.table import MAX_COLUMNS, Row, UnusableCell, Value, cell_name
from bot.set_files.formats.zip_safety import EXCEL, checked_parts
from bot.set_files.validation import Fault, ParsedFile, SetFaults, printable

if not DEFUSEDXML:  # pragma: no cover - a broken installation
    raise ImportError("openpyxl reads XML unsafely here: defusedxml is missing")

MAX_MERGED = 100
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MAX_MERGED_IN_ROW = 5
CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


def parse(content: bytes) -> ParsedFile:
    """Returns what `content` says and in which cells.

    Raises:
        SetFaults: it is no Excel file, or one that is not safe to open.
    """
    parts = checked_parts(content, EXCEL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about formatting, which does not matter here
            sheets = _sheets(content, parts)
    except Exception as error:
        # A damaged file makes openpyxl raise anything; all of it means the same.
        raise SetFaults([Fault(1, "file", "not_xlsx")]) from error
    return parse_sheets(sheets)


def _sheets(content: bytes, parts: Mapping[str, bytes]) -> list[Sheet]:
    # With formulas left out: translating those that are shared can take for ever.
    book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = []
        for sheet in book.worksheets[: MAX_SHEETS + 1]:
            marks = _marks(parts[sheet._worksheet_path])
            sheets.append(Sheet(printable(sheet.title), list(_rows(sheet, marks)), marks.far))
        return sheets
    finally:
        book.close()


Range = tuple[int, int, int, int]


@dataclass(slots=True)
class _CellMarks:
    """What the values of a sheet do not show.

    Attributes:
        formulas: the names of cells with a formula.
        calculated: the numbers of rows with one.
        merged: the ranges of cells that were merged.
        far: the column and row of the first filled cell beyond those that are read.
    """

    formulas: set[str] = field(default_factory=set)
    calculated: set[int] = field(default_factory=set)
    merged: list[Range] = field(default_factory=list)
    far: tuple[int, int] | None = None

    def marked(self, number: int, cells: Sequence[object]) -> list[Value]:
        """Returns the values of row `number`, with formulas and merged cells as unusable ones."""
        crossing = [area for area in self.merged if area[1] <= number <= area[3]]
        ranges = crossing[:MAX_MERGED_IN_ROW]
        values = [_value(cell) for cell in cells]
        if ranges or number in self.calculated:
            for column in range(len(values)):
                values[column] = self._unusable(column, number, ranges) or values[column]
        return values

    def _unusable(self, column: int, row: int, ranges: Sequence[Range]) -> UnusableCell | None:
        if cell_name(column, row) in self.formulas:
            return UnusableCell("formula")
        for left, top, right, _ in ranges:
            if left <= column <= right and (column, row) != (left, top):
                return UnusableCell("merged")
        return None


def _marks(part: bytes) -> _CellMarks:
    marks = _CellMarks()
    for _, element in iterparse(BytesIO(part)):
        tag = _tag(element)
        if tag == "c":
            _mark(element, marks)
        elif tag == "mergeCell" and (area := RANGE.fullmatch(element.get("ref", ""))):
            left, top, right, bottom = area.groups()
            if len(marks.merged) < MAX_MERGED:
                marks.merged.append((_column(left), int(top), _column(right), int(bottom)))
        if tag in {"row", "mergeCell"}:
            element.clear()
    return marks


def _mark(cell: Any, marks: _CellMarks) -> None:  # noqa: ANN401 - an element of XML
    children = {_tag(child) for child in cell}
    name = CELL.fullmatch(cell.get("r", ""))
    if not children or not name:
        return
    column, row = _column(name[1]), int(name[2])
    if "f" in children:
        marks.formulas.add(cell_name(column, row))
        marks.calculated.add(row)
    if column >= MAX_COLUMNS or row > MAX_ROWS:
        marks.far = marks.far or (column, row)


def _tag(element: Any) -> str:  # noqa: ANN401 - an element of XML
    return str(element.tag).rpartition("}")[2]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _rows(sheet: Any, marks: _CellMarks) -> Iterator[Row]:  # noqa: ANN401 - openpyxl has no types
    # Bounds, or one cell in the last corner makes seventeen thousand million of them.
    rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
    for number, cells in enumerate(rows, 1):
        filled = any(cell is not None for cell in cells) or number in marks.calculated
        marked = marks.marked(number, cells) if filled else []
        yield Row(number, number, marked)


def _value(cell: object) -> Value:
    if isinstance(cell, date | time | timedelta):  # a datetime is a date
        return UnusableCell("cell_date")
    if isinstance(cell, str):
        return ESCAPED.sub(lambda code: chr(int(code[1], 16)), cell)
    return cell if isinstance(cell, int | float) else None

"""Reads challenge sets from OpenDocument spreadsheets: the values of cells, nothing calculated.

The XML is read as a stream, for a file may say in a few bytes that a row is there a million times.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from bot.set_files.formats.sheets import MAX_ROWS, MAX_SHEETS, Sheet, parse_sheets
from bot.set_files.formats.table import MAX_COLUMNS, Row, UnusableCell, Value
from bot.set_files.formats.zip_safety import CONTENT, OPEN_DOCUMENT, checked_parts
from bot.set_files.validation import Fault, ParsedFile, SetFaults, printable

MAX_CELLS = 50_000  # filled ones, each as often as it is repeated
MAX_CHARACTERS = 4 * 1024 * 1024  # likewise
NUMBER = re.compile(r"[0-9]{1,9}")

Name = tuple[str | None, str]
NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns"
OFFICE, TABLE, TEXT = (f"{NAMESPACE}:{each}:1.0" for each in ("office", "table", "text"))
SPREADSHEET = (OFFICE, "spreadsheet")
SHEET, ROW = (TABLE, "table"), (TABLE, "table-row")
CELL, COVERED = (TABLE, "table-cell"), (TABLE, "covered-table-cell")
PARAGRAPH = (TEXT, "p")
SPACES: Mapping[Name, str] = {(TEXT, "s"): " ", (TEXT, "tab"): "\t", (TEXT, "line-break"): "\n"}
LINKS = frozenset({(TABLE, "table-source"), (TABLE, "cell-range-source"), (TABLE, "dde-links")})


def parse(content: bytes) -> ParsedFile:
    """Returns what `content` says and in which cells.

    Raises:
        SetFaults: it is no OpenDocument spreadsheet, or one that is not safe to open.
    """
    reader = _SheetReader()
    parser = make_parser()
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(reader)
    try:
        parser.parse(BytesIO(checked_parts(content, OPEN_DOCUMENT)[CONTENT]))
    except DefusedXmlException as error:
        raise _refusal("entities") from error
    except (SAXException, ValueError, LookupError) as error:
        raise _refusal("not_ods") from error
    if not reader.is_spreadsheet:
        raise _refusal("not_ods")
    return parse_sheets(reader.sheets)


def _refusal(kind: str) -> SetFaults:
    return SetFaults([Fault(1, "file", kind)])


@dataclass(slots=True)
class _Cell:
    """A cell that is being read.

    Attributes:
        name: the name of its element.
        attributes: those of its element.
        paragraphs: how many paragraphs of it have begun.
        text: the pieces of its text.
    """

    name: Name
    attributes: Mapping[Name, str]
    paragraphs: int = 0
    text: list[str] = field(default_factory=list)

    def value(self) -> Value:
        """Returns what is in the cell.

        Raises:
            ValueError: its number is none.
        """
        if self.name == COVERED:
            return UnusableCell("merged")
        if (TABLE, "formula") in self.attributes:
            return UnusableCell("formula")
        match self.attributes.get((OFFICE, "value-type")):
            case "float" | "percentage" | "currency":
                return float(self.attributes[OFFICE, "value"])
            case "boolean":
                return self.attributes.get((OFFICE, "boolean-value")) == "true"
            case "date" | "time":
                return UnusableCell("cell_date")
        return "".join(self.text) or self.attributes.get((OFFICE, "string-value")) or None


class _SheetReader(ContentHandler):
    """Collects the rows of the sheets in `content.xml`.

    Attributes:
        sheets: the sheets, of which no more than `MAX_SHEETS` and one have rows.
        is_spreadsheet: whether it is a spreadsheet, and not a text or a drawing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[Sheet] = []
        self.is_spreadsheet = False
        self._open: list[Name] = []
        self._nested = 0  # tables within tables; only the outermost is a sheet
        self._cell: _Cell | None = None
        self._paragraph = 0  # the depth of the paragraph that is read; 0: none is
        self._cells: list[Value] = []
        self._column = 0
        self._row = 1
        self._repeated = 1
        self._far: int | None = None
        self._left_cells, self._left_characters = MAX_CELLS, MAX_CHARACTERS

    def startElementNS(self, name: Name, _qname: str | None, attrs: Any) -> None:  # noqa: ANN401 - xml.sax has no types
        """Notes where a table, row, cell or paragraph begins."""
        parent = self._open[-1] if self._open else (None, "")
        self._open.append(name)
        if name in LINKS:
            raise _refusal("links")
        if name == SPREADSHEET:
            self.is_spreadsheet = True
        elif name == SHEET:
            self._nested += 1
            if self._nested == 1:
                self._begin_sheet(dict(attrs))
        elif self._nested != 1:
            return
        elif name == ROW:
            self._cells, self._column, self._far = [], 0, None
            self._repeated = _times(attrs.get((TABLE, "number-rows-repeated")))
        elif name in (CELL, COVERED) and parent == ROW:
            self._cell = _Cell(name, dict(attrs))
        elif self._cell is not None:
            self._begin_text(name, parent, self._cell, attrs)

    def endElementNS(self, name: Name, _qname: str | None) -> None:
        """Notes where a table, row, cell or paragraph ends."""
        if self._paragraph == len(self._open):
            self._paragraph = 0
        self._open.pop()
        if name == SHEET:
            self._nested -= 1
        elif self._nested != 1:
            return
        elif name in (CELL, COVERED) and self._cell is not None and self._open[-1] == ROW:
            self._end_cell(self._cell)
            self._cell = None
        elif name == ROW:
            self._end_row(self.sheets[-1])

    def characters(self, content: str) -> None:
        """Adds to the text of a cell."""
        if self._paragraph and self._cell is not None:
            self._cell.text.append(content)

    def _begin_sheet(self, attributes: Mapping[Name, str]) -> None:
        self._row = 1
        self.sheets.append(Sheet(printable(attributes.get((TABLE, "name"), ""))))

    def _begin_text(self, name: Name, parent: Name, cell: _Cell, attributes: Any) -> None:  # noqa: ANN401 - as above
        """Begins a paragraph of the cell itself, or adds white space to one; not of a remark."""
        if name == PARAGRAPH and parent == cell.name:
            if cell.paragraphs:
                cell.text.append("\n")
            cell.paragraphs += 1
            self._paragraph = len(self._open)
        elif self._paragraph and (space := SPACES.get(name)):
            times = _times(attributes.get((TEXT, "c")))
            self._count(0, times)
            cell.text.append(space * times)

    def _end_cell(self, cell: _Cell) -> None:
        times = _times(cell.attributes.get((TABLE, "number-columns-repeated")))
        value = cell.value()
        beyond = max(self._column, MAX_COLUMNS)
        if cell.name != COVERED and value is not None and self._column + times > MAX_COLUMNS:
            self._far = beyond if self._far is None else self._far
        room = max(0, MAX_COLUMNS - self._column)
        self._cells += [value] * min(times, room)
        self._column += times

    def _end_row(self, sheet: Sheet) -> None:
        first, self._row = self._row, self._row + self._repeated
        filled = [cell for cell in self._cells if cell not in (None, UnusableCell("merged"))]
        if not filled and self._far is None:
            return
        rows = range(first, min(self._row, MAX_ROWS + 1))
        self._count(len(filled) * len(rows), _length(filled) * len(rows))
        if self._far is not None or self._row > MAX_ROWS + 1:
            column = next((n for n, cell in enumerate(self._cells) if cell in filled), 0)
            far = (column, max(first, MAX_ROWS + 1)) if self._far is None else (self._far, first)
            sheet.far = sheet.far or far
        if len(self.sheets) <= MAX_SHEETS:
            sheet.rows += [Row(number, number, self._cells) for number in rows]

    def _count(self, cells: int, characters: int) -> None:
        """Counts what has been read.

        Raises:
            SetFaults: it is more than any set.
        """
        self._left_cells -= cells
        self._left_characters -= characters
        if self._left_cells < 0 or self._left_characters < 0:
            raise _refusal("zip_bomb")


def _length(cells: Sequence[Value]) -> int:
    return sum(len(cell) for cell in cells if isinstance(cell, str))


def _times(number: str | None) -> int:
    """Returns how often something is repeated.

    Raises:
        ValueError: the number is none.
    """
    if number is None:
        return 1
    if not NUMBER.fullmatch(number):
        raise ValueError(number[:20])
    return int(number)

"""Reads challenge sets from CSV, as Excel, LibreOffice and people write it."""

import csv
from collections.abc import Iterator
from io import StringIO

from bot.set_files.columns import columns, normalized_header
from bot.set_files.table import Row, Table, UnusableCell, Value
from bot.set_files.validation import Fault, ParsedFile, SetFaults

DELIMITERS = ";,\t"
WESTERN = "cp1252"  # what Excel in the Netherlands saves unless it is asked for UTF-8


def parse(content: bytes) -> ParsedFile:
    """Returns what `content` says and on which lines.

    Raises:
        SetFaults: it is no CSV.
    """
    return parse_text(decode(content))


def decode(content: bytes) -> str:
    """Returns the text of a CSV file, with one kind of line ends.

    Raises:
        SetFaults: it is neither UTF-8 nor Windows-1252.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode(WESTERN)
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise SetFaults([Fault(line, "file", "not_csv_text")]) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_text(text: str) -> ParsedFile:
    """Returns what `text` says and on which lines.

    Raises:
        SetFaults: it is no CSV.
    """
    table = Table()
    try:
        table.read(_rows(text))
    except csv.Error as error:
        raise SetFaults([_unclosed_quote(text)]) from error
    return table.parsed()


def has_columns(text: str) -> bool:
    """Returns whether one of the first lines names columns of a set."""
    return _header_line(text) is not None


def _rows(text: str) -> Iterator[Row]:
    delimiter = _delimiter(text)
    reader = csv.reader(StringIO(text), delimiter=delimiter, strict=True)
    line = 1
    for number, cells in enumerate(reader, 1):
        if cells and cells[0].startswith("#") and ":" in cells[0]:
            # Excel splits a remark at each delimiter in it, and ends it with as many as it likes.
            cells = [delimiter.join(cells).rstrip(delimiter)]
        if any(cells) and not (number == 1 and cells[0].startswith("sep=")):
            has_formula = "=" in "".join(cells)  # asked once for all of them: most have none
            yield Row(line, number, [*map(_value, cells)] if has_formula else cells)
        line = reader.line_num + 1


def _value(cell: str) -> Value:
    # A spreadsheet would calculate it, for whoever opens this file after us.
    return UnusableCell("formula") if cell.startswith("=") else cell


def _delimiter(text: str) -> str:
    line = _header_line(text) or text[:1000]
    return max(DELIMITERS, key=line.count)


def _header_line(text: str) -> str | None:
    """Returns the first line that names two columns or more; None: there is none."""
    known = columns().keys()
    for line in text[:20_000].split("\n")[:200]:
        if line.lstrip('"').startswith("#"):
            continue
        for delimiter in DELIMITERS:
            cells = line.split(delimiter)[:100]
            names = {normalized_header(cell.strip().strip('"')) for cell in cells}
            if len(names & known) >= 2:
                return line
    return None


def _unclosed_quote(text: str) -> Fault:
    """Returns the fault of the row that the reader could not finish."""
    reader = csv.reader(StringIO(text), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error:
        pass
    return Fault(line, "file", "csv_quote")

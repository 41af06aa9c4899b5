"""Reads challenge sets from CSV, as Excel, LibreOffice and people write it."""

import csv
import re
from collections.abc import Iterator
from io import StringIO

from bot.set_files.columns import columns, normalized_header
from bot.set_files.formats.table import Row, Table, UnusableCell, Value
from bot.set_files.validation import Fault, ParsedFile, SetFaults

DELIMITERS = ",\t;"
LINES_BELOW = 20  # of the headers, in which a table in a table is recognised
REMARK = re.compile(r'^("#(?:[^"\n]|"")*")[;,\t]*$', re.MULTILINE)


def parse(text: str) -> ParsedFile:
    """Returns what `text` says and on which lines.

    Raises:
        SetFaults: it is no CSV.
    """
    text = _unwrapped(text)
    table = Table()
    try:
        table.read(_rows(text))
    except csv.Error as error:
        raise SetFaults([_unclosed_quote(text)]) from error
    return table.parsed()


def has_columns(text: str) -> bool:
    """Returns whether one of the first lines names columns of a set."""
    return bool(_header(text)[0])


def _rows(text: str) -> Iterator[Row]:
    line_of_headers, delimiter = _header(text)
    text = _with_plain_remarks(text, line_of_headers)
    reader = csv.reader(StringIO(text), delimiter=delimiter, strict=True)
    line = 1
    for number, cells in enumerate(reader, 1):
        if cells and cells[0].startswith("#") and ":" in cells[0]:
            # Excel splits a remark at each delimiter in it, and ends it with as many as it likes.
            cells = [delimiter.join(cells).rstrip(DELIMITERS)]
        if any(cells) and not (number == 1 and cells[0].startswith("sep=")):
            has_formula = "=" in "".join(cells)  # asked once for all of them: most have none
            yield Row(line, number, [*map(_value, cells)] if has_formula else cells)
        line = reader.line_num + 1


def _value(cell: str) -> Value:
    # A spreadsheet would calculate it, for whoever opens this file after us.
    return UnusableCell("formula") if cell.startswith("=") else cell


def _header(text: str) -> tuple[str, str]:
    """Returns the first line that names two columns or more, and what is between the names.

    Without such a line the first is empty, and the second is what is there most.
    """
    known = columns().keys()
    for line in text[:20_000].split("\n")[:200]:
        if line.lstrip('"').startswith("#"):
            continue
        counts = {delimiter: len(_names(line, delimiter) & known) for delimiter in DELIMITERS}
        delimiter = max(DELIMITERS, key=counts.__getitem__)
        if counts[delimiter] >= 2:
            return line, delimiter
    return "", max(DELIMITERS, key=text[:1000].count)


def _names(line: str, delimiter: str) -> set[str]:
    cells = line.split(delimiter)[:100]
    # What a program wrote around the whole line is no part of the last name.
    return {normalized_header(cell.strip().strip(f'"{DELIMITERS}')) for cell in cells}


def _unwrapped(text: str) -> str:
    """Returns the table that is within the first column of another.

    A file that is opened with the wrong separator has each row in one cell, or broken into pieces
    at the commas in its texts. Saved again, it is a table in a table.
    """
    line, inner = _header(text)
    for outer in DELIMITERS if line else "":
        if _is_wrapped(text, line, inner, outer):
            # It was opened with another separator than its own, in nearly all cases this one.
            broken_at = ";" if inner == "," else ","
            rows = csv.reader(StringIO(text), delimiter=outer)
            return "\n".join(broken_at.join(cells).rstrip(broken_at) for cells in rows)
    return text


def _is_wrapped(text: str, line: str, inner: str, outer: str) -> bool:
    """Whether a table has all headers in one cell, and that or a row below it as a cell of another.

    Args:
        text: the whole.
        line: the row of headers.
        inner: what is between the headers.
        outer: what may be between the cells of a table around it.
    """
    separators = _only_cell(line, outer).count(inner)
    below = text[text.index(line) :].split("\n", LINES_BELOW)[:LINES_BELOW]
    return separators > 0 and any(
        _only_cell(row, outer).count(inner) >= separators
        and (row.startswith('"') or row.endswith(outer))
        for row in below
    )


def _only_cell(line: str, delimiter: str) -> str:
    """Returns the first cell of a row that has no other; empty when it has, or is no row."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return ""
    return cells[0] if cells and not any(cells[1:]) else ""


def _with_plain_remarks(text: str, line: str) -> str:
    """Returns the text with quoted remarks above the headers without the separators after them.

    Those may be others than that of the table, where somebody joined two files.
    """
    above, headers, below = text.partition(line) if line else (text, "", "")
    return REMARK.sub(r"\1", above) + headers + below


def _unclosed_quote(text: str) -> Fault:
    """Returns the fault of the row that the reader could not finish."""
    reader = csv.reader(StringIO(text), delimiter=_header(text)[1], strict=True)
    line = 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error:
        pass
    return Fault(line, "file", "csv_quote")

"""The template after LibreOffice opened and saved it, and in all ways that programs write CSV."""

import csv
from io import StringIO
from itertools import product

import pytest

from bot.set_files.reader import read_bytes, read_set
from bot.set_files.template import as_csv
from tests.unit.set_files.spreadsheets import EXAMPLE
from tools.office import FIXTURES, conversions


@pytest.mark.parametrize("name", conversions())
def test_what_libreoffice_saved_is_the_same_set(name: str) -> None:
    assert read_set(FIXTURES / name) == EXAMPLE


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "cp850"]
)
@pytest.mark.parametrize("delimiter", list(";,\t"))
def test_the_template_in_any_way_that_programs_write_csv(delimiter: str, encoding: str) -> None:
    rows = list(csv.reader(StringIO(as_csv().decode("utf-8-sig")), delimiter=";"))
    if encoding == "cp850":  # which lacks a quote and a dash that are in the remarks
        rows = [[cell.encode(encoding, "replace").decode(encoding) for cell in row] for row in rows]
    for quoted, end, padded, trailing in product(
        (False, True), ("\n", "\r\n", "\r"), (True, False), (0, 3)
    ):
        text = StringIO()
        writer = csv.writer(
            text,
            delimiter=delimiter,
            quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
            lineterminator=end,
        )
        width = max(map(len, rows)) + trailing
        writer.writerows([*row, *[""] * (width - len(row))] if padded else row for row in rows)
        assert read_bytes("a.csv", text.getvalue().encode(encoding)) == EXAMPLE, (quoted, end)


@pytest.mark.parametrize("delimiter", list(";,\t"))
@pytest.mark.parametrize("other", list(";,\t"))
def test_remarks_may_hold_another_separator_than_the_table(delimiter: str, other: str) -> None:
    rows = list(csv.reader(StringIO(as_csv().decode("utf-8-sig")), delimiter=";"))
    text = StringIO()
    for row in rows:
        chosen = other if row[0].startswith("#") else delimiter
        csv.writer(text, delimiter=chosen).writerow([*row, *[""] * (9 - len(row))])
    assert read_bytes("a.csv", text.getvalue().encode()) == EXAMPLE

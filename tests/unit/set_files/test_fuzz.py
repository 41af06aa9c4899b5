"""Random files: each is read as a set or reported with faults; no other error occurs."""

import csv
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.exceptions import IllegalCharacterError

from bot.conversation.render.set_faults import fault_lines
from bot.conversation.words import Words
from bot.core.challenges.challenge import ChallengeSet
from bot.languages.registry import tags
from bot.set_files import template
from bot.set_files.columns import columns
from bot.set_files.formats.table import Row, Table, UnusableCell
from bot.set_files.reader import read_bytes
from bot.set_files.validation import SetFaults
from tests.unit.set_files import hostile
from tests.unit.set_files.spreadsheets import as_xlsx, fields_of

NAMES = st.sampled_from(["a.yaml", "a.csv", "a.xlsx", "a.ods", "a", "a.txt", "ünï.CSV"])
# Once, for an Excel file holds the time that it was made at.
EXAMPLES = {kind: write() for kind, write in template.KINDS.items()}
few = settings(max_examples=150, deadline=None)
fewer = settings(max_examples=40, deadline=None)


def read(name: str, content: bytes) -> None:
    """A set or faults; anything else ends the test."""
    try:
        found = read_bytes(name, content)
    except SetFaults as error:
        assert error.faults
        for language in tags():
            told = fault_lines(name, error, Words(language))
            assert all(line.isprintable() and len(line) < 400 for line in told), told
    else:
        assert isinstance(found, ChallengeSet)


@few
@given(NAMES, st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_any_bytes(name: str, content: bytes) -> None:
    read(name, content)


@few
@given(NAMES, st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"]), st.binary())
def test_any_bytes_that_begin_well(name: str, start: bytes, content: bytes) -> None:
    read(name, start + content)


@few
@given(st.data(), st.sampled_from(sorted(template.KINDS)))
def test_a_damaged_file(data: st.DataObject, kind: str) -> None:
    content = EXAMPLES[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 40)))
        content = content[:start] + data.draw(st.binary(max_size=12)) + content[end:]
    read(f"a.{kind}", content)


PARTS = [
    hostile.SHEET,
    "xl/workbook.xml",
    "xl/styles.xml",
    "[Content_Types].xml",
    "xl/_rels/workbook.xml.rels",
]
XML = st.sampled_from(
    [
        *('<c r="A1">', '<c t="s">', '<c t="e">', "<f>", "</f>", "<v>", "</v>", "<is><t>", "</c>"),
        *("</row>", '<row r="0">', '<row r="x">', '<mergeCell ref="A1:B9"/>', "<?xml?>"),
        *('r="-1"', 's="99"', 't="d"', 't="b"', "1e999", "-0", "NaN", '"', ">", "<", "\ud7ff"),
        *("<![CDATA[", "]]>", "<!--", "-->", "&#0;", "&lt;", "&x;", 'encoding="utf-7"'),
    ]
)


@fewer
@given(st.data(), st.sampled_from(PARTS), st.lists(XML, min_size=1, max_size=4))
def test_an_excel_file_with_other_xml_in_it(
    data: st.DataObject, part: str, pieces: list[str]
) -> None:
    def damage(xml: bytes) -> bytes:
        start = data.draw(st.integers(0, len(xml)))
        end = data.draw(st.integers(start, min(len(xml), start + 60)))
        return xml[:start] + " ".join(pieces).encode() + xml[end:]

    read("a.xlsx", hostile.changed(EXAMPLES["xlsx"], part, damage))


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
ODD_TEXT = ["=1+1", "#N/B", "1-2", "'5", "_x000D_", "_xFFFF_", "_xD800_", "# set: a", "id"]
CELLS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    ANY_TEXT,
    st.sampled_from(ODD_TEXT),
)
HEADERS = st.lists(st.one_of(st.sampled_from([*columns(), "set", "titel"]), CELLS), max_size=12)


def _joined(top: list[Any], below: list[list[Any]]) -> list[list[Any]]:
    return [top, *below]


BELOW = st.lists(st.lists(CELLS, max_size=12), max_size=6)
ROWS: st.SearchStrategy[list[list[Any]]] = st.builds(_joined, HEADERS, BELOW)


@few
@given(ROWS)
def test_any_cells_in_csv(rows: list[list[Any]]) -> None:
    text = StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    read("a.csv", text.getvalue().encode())


@few
@given(ROWS, st.dictionaries(st.one_of(st.sampled_from([*fields_of()]), ANY_TEXT), CELLS))
def test_any_cells_in_a_table(rows: list[list[Any]], fields: dict[str, Any]) -> None:
    table = Table()
    table.read([Row(n, n, [name, value]) for n, (name, value) in enumerate(fields.items(), 1)])
    table.read(
        [Row(n, n, [*row, UnusableCell("formula")]) for n, row in enumerate(rows, 1)], "Blad!"
    )
    written = table.parsed()
    assert all(fault.line >= 1 for _, fault in written.faults)


ODF = st.sampled_from(
    [
        *("<table:table>", "</table:table>", "<table:table-row>", "</table:table-row>", "<text:p>"),
        *(
            '<table:table-cell table:number-columns-repeated="9">',
            "</table:table-cell>",
            "</text:p>",
        ),
        *('table:number-rows-repeated="-1"', 'office:value-type="float"', 'office:value="nan"'),
        *("<table:covered-table-cell/>", '<text:s text:c="7"/>', "<![CDATA[", "&x;", "&#0;", '"'),
    ]
)


@few
@given(st.data(), st.lists(ODF, min_size=1, max_size=4))
def test_an_ods_file_with_other_xml_in_it(data: st.DataObject, pieces: list[str]) -> None:
    def damage(xml: bytes) -> bytes:
        start = data.draw(st.integers(0, len(xml)))
        end = data.draw(st.integers(start, min(len(xml), start + 60)))
        return xml[:start] + " ".join(pieces).encode() + xml[end:]

    read("a.ods", hostile.changed(EXAMPLES["ods"], "content.xml", damage))


@fewer
@given(ROWS)
def test_any_cells_in_excel(rows: list[list[Any]]) -> None:
    try:
        content = as_xlsx(rows)
    except (IllegalCharacterError, ValueError):  # Excel cannot hold it either
        return
    read("a.xlsx", content)


@pytest.mark.parametrize("escape", ["_xD800_", "_xFFFE_", "_x0000_", "_x202E_", "_x000A_"])
def test_characters_that_excel_writes_as_codes(escape: str) -> None:
    row: list[Any] = ["a", 1, f"Een vraag {escape} met een code erin."]
    rows = [["id", "minutes", "task_nl"], row]
    read("a.xlsx", as_xlsx(rows))

"""What only OpenDocument spreadsheets have: repeated rows and cells, remarks, passwords."""

import pytest

from bot.set_files.formats.ods_writer import MANIFEST
from bot.set_files.reader import read_bytes
from bot.set_files.template import as_ods as template
from bot.set_files.validation import SetFaults
from tests.unit.set_files.hostile import changed
from tests.unit.set_files.spreadsheets import (
    EXAMPLE,
    as_ods,
    fields_of,
    ods_of,
    ods_row,
    ods_with,
    rows_of,
)

FIELDS = "".join(ods_row([f"# {name}: {value}"]) for name, value in fields_of().items())
HEADERS, *CHALLENGES = map(ods_row, rows_of())


def kinds(content: bytes) -> list[tuple[int, str, str]]:
    """Line, field and kind of each fault."""
    with pytest.raises(SetFaults) as caught:
        read_bytes("a.ods", content)
    return [(fault.line, fault.field, fault.kind) for fault in caught.value.faults]


def sheet(*rows: str) -> bytes:
    """A file of one sheet."""
    return ods_with(f'<table:table table:name="Blad">{"".join(rows)}</table:table>')


def test_it_is_known_by_its_content_whatever_its_name() -> None:
    for name in ("a.ods", "a.xlsx", "a"):
        assert read_bytes(name, as_ods(rows_of())) == EXAMPLE
        assert read_bytes(name, template()) == EXAMPLE


def test_empty_rows_that_fill_the_sheet_are_nothing() -> None:
    nothing = '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    rest = '<table:table-row table:number-rows-repeated="1048000">' + nothing
    gap = '<table:table-row table:number-rows-repeated="7">' + nothing
    assert read_bytes("a", sheet(FIELDS, gap, HEADERS, *CHALLENGES, rest)) == EXAMPLE


def test_lines_are_counted_over_what_is_repeated() -> None:
    gap = '<table:table-row table:number-rows-repeated="7"><table:table-cell/></table:table-row>'
    wrong = CHALLENGES[1].replace('value="30"', 'value="500"')
    content = sheet(FIELDS, gap, HEADERS, CHALLENGES[0], wrong)
    assert kinds(content) == [(14, "Blad!B14 (minutes)", "less_than_equal")]


def test_a_row_that_is_there_twice_is_read_twice() -> None:
    twice = CHALLENGES[0].replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="2">'
    )
    assert kinds(sheet(FIELDS, HEADERS, twice)) == [(7, "Blad!A7 (id)", "double_id")]


def test_spaces_lines_and_links_within_a_cell_are_text_and_remarks_are_not() -> None:
    remark = "<office:annotation><text:p>Een opmerking.</text:p></office:annotation>"
    written = CHALLENGES[0].replace(
        "<text:p>Stel vandaag één open vraag ",
        f'{remark}<text:p>Stel<text:s text:c="1"/>vandaag</text:p><text:p><text:a>één</text:a>'
        "<text:line-break/><text:span>open</text:span><text:tab/>vraag ",
    )
    assert written != CHALLENGES[0]
    assert read_bytes("a", sheet(FIELDS, HEADERS, written, *CHALLENGES[1:])) == EXAMPLE


def test_cells_that_were_merged() -> None:
    cell = ods_row([30]).removeprefix("<table:table-row>").removesuffix("</table:table-row>")
    wrong = CHALLENGES[1].replace(cell, "<table:covered-table-cell/>")
    assert wrong != CHALLENGES[1]
    content = sheet(FIELDS, HEADERS, CHALLENGES[0], wrong)
    assert kinds(content) == [(7, "Blad!B7 (minutes)", "merged")]


def test_a_cell_too_far_and_too_many_sheets() -> None:
    gap = '<table:table-row table:number-rows-repeated="5000"><table:table-cell/></table:table-row>'
    content = sheet(FIELDS, HEADERS, *CHALLENGES, gap, ods_row(["x"]))
    assert kinds(content) == [(5009, "Blad!A5009", "too_far")]
    wide = (
        '<table:table-row><table:table-cell table:number-columns-repeated="80"/>'
        + ods_row(["x"])[17:]
    )
    assert kinds(sheet(FIELDS, HEADERS, *CHALLENGES, wide)) == [(9, "Blad!CC9", "too_far")]
    assert (1, "file", "too_much") in kinds(ods_of([(f"Blad {n}", [["x"]]) for n in range(12)]))


@pytest.mark.parametrize(
    ("tables", "parts", "kind"),
    [
        ("", {"META-INF/manifest.xml": MANIFEST + "<manifest:encryption-data/>"}, "ods_password"),
        ("", {"encrypted-package": b"\0"}, "ods_password"),
        ("", {"Basic/Standard/Module1.xml": "x"}, "macros"),
        ("", {"Scripts/python/a.py": "x"}, "macros"),
        ("", {"Object 1/content.xml": "x"}, "embedded"),
        ("<table:dde-links/>", {}, "links"),
        ("<table:table><table:table-source/></table:table>", {}, "links"),
        ("<table:table>", {}, "not_ods"),
        (
            '<table:table><table:table-row table:number-rows-repeated="x"/></table:table>',
            {},
            "not_ods",
        ),
        ("", {}, "no_columns"),
    ],
)
def test_what_a_file_may_not_carry(tables: str, parts: dict[str, str], kind: str) -> None:
    assert kind in {fault for _, _, fault in kinds(ods_with(tables, parts))}


def test_a_text_document_is_no_spreadsheet() -> None:
    text = changed(ods_with(""), "content.xml", lambda part: part.replace(b"spreadsheet", b"text"))
    assert [kind for _, _, kind in kinds(text)] == ["not_ods"]

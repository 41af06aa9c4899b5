"""One set in every file format: all give the same set, and every fault is reported."""

from collections.abc import Mapping
from datetime import date, time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bot.core.challenges.challenge import CHOICES
from bot.core.challenges.fit import DayPart, Span, Tag
from bot.set_files import template
from bot.set_files.reader import read_bytes, read_set
from bot.store.challenges.publications import digest
from tests.support.paths import PROJECT
from tests.unit.set_files import hostile
from tests.unit.set_files.faults import told
from tests.unit.set_files.spreadsheets import (
    COLUMNS,
    EXAMPLE,
    Rows,
    as_csv,
    as_ods,
    as_xlsx,
    fields_of,
    rows_of,
    saved,
)

TASK = EXAMPLE.challenges[0].texts["nl"].task
PROMPTS = PROJECT / "prompts"
TRIED = ("reflect_tried_nl", "reflect_tried_en")


def changed(row: int, column: str, value: Any) -> Rows:  # noqa: ANN401 - whatever is in a cell
    """The example with another value in a cell; row 0 has the headers."""
    rows = rows_of()
    rows[row][list(COLUMNS).index(column)] = value
    return rows


@pytest.mark.parametrize("kind", template.KINDS)
def test_the_template_is_the_same_set_in_each_kind(kind: str) -> None:
    found = read_bytes(f"mijn.{kind}", template.KINDS[kind]())
    assert found == EXAMPLE and digest(found) == digest(EXAMPLE)


def test_the_template_in_excel_has_a_menu_where_one_word_belongs() -> None:
    sheet: Any = load_workbook(BytesIO(template.as_xlsx())).worksheets[1]
    menus = {
        str(rule.sqref).partition("2:")[0]: rule.formula1.strip('"').split(",")
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    headers = {sheet[f"{column}1"].value: words for column, words in menus.items()}
    assert headers == {name: [*CHOICES[name]] for name in ("span", "at")}


@pytest.mark.parametrize("file", sorted(PROMPTS.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_set_is_the_same_as_a_spreadsheet(file: Path) -> None:
    of_yaml = read_set(file)
    rows, fields = rows_of(of_yaml), fields_of(of_yaml)
    for name, content in {
        "a.xlsx": as_xlsx(rows, fields),
        "a.ods": as_ods(rows, fields),
        "a.csv": as_csv(rows, fields).encode("utf-8-sig"),
        "b.csv": as_csv(rows, fields, ",", "\n").encode(),
        "c.csv": as_csv(rows, fields, "\t", "\r").encode("cp1252"),
    }.items():
        assert digest(read_bytes(name, content)) == digest(of_yaml), name


@given(
    st.permutations(list(COLUMNS)), st.sampled_from(";,\t"), st.sampled_from(["utf-8", "cp1252"])
)
def test_the_order_of_columns_does_not_matter(
    columns: list[str], delimiter: str, encoding: str
) -> None:
    content = as_csv(rows_of(columns=columns), delimiter=delimiter).encode(encoding)
    assert read_bytes("a.csv", content) == EXAMPLE
    assert read_bytes("no kind at all", content) == EXAMPLE


def test_headers_in_any_way_people_write_them() -> None:
    rows = rows_of()
    dutch, english = ["Task NL", "why-nl", "reflect (nl)"], ["Task.en", "Why_EN", "reflect en\xa0"]
    tags = ["Span ", "FITS", " at", "Reflect Tried NL", "reflect-tried (en)"]
    rows[0] = [" ID ", "Minutes", "DARING", *dutch, *english, *tags]
    fields = {f" {name.upper().replace('_', ' ')} ": value for name, value in fields_of().items()}
    assert read_bytes("a.xlsx", as_xlsx(rows, fields)) == EXAMPLE
    assert read_bytes("a.csv", as_csv(rows, fields).encode()) == EXAMPLE


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("minutes", 5.0), ("minutes", "5"), ("minutes", " 5 "), ("minutes", "'5"),
        ("minutes", "5,0"),
        ("id", "'een-open-vraag"), ("id", " een-open-vraag\xa0"),
        ("task_nl", "Stel vandaag één open vraag\r\naan iemand die je nog niet goed kent.\n"),
        ("task_nl", "Stel vandaag één open vraag_x000D_\naan iemand die je nog niet goed kent."),
        ("task_nl", "Stel\xa0vandaag één open\u202fvraag aan iemand die je nog niet goed kent."),
        ("task_nl", TASK.replace("é", "e\u0301")),
    ],
)  # fmt: skip
def test_what_excel_makes_of_a_cell(column: str, written: object) -> None:
    assert read_bytes("a.xlsx", as_xlsx(changed(1, column, written))) == EXAMPLE
    if "_x" not in str(written):
        assert read_bytes("a.csv", as_csv(changed(1, column, written)).encode()) == EXAMPLE


def test_a_number_in_a_cell_of_text_is_text_and_quotes_and_apostrophes_stay() -> None:
    rows = changed(1, "id", 2026)
    task = '\'s Ochtends vraag je “hoe dan?”; wat zegt een ‘collega’, "denk" je?'
    rows[2][3] = task
    for name, content in {"a.xlsx": as_xlsx(rows), "a.csv": as_csv(rows).encode()}.items():
        found = read_bytes(name, content)
        assert (found.challenges[0].id, found.challenges[1].texts["nl"].task) == ("2026", task)


@pytest.mark.parametrize(
    ("column", "written", "field", "read"),
    [
        ("fits", "Desk, home", "fits", (Tag.DESK, Tag.HOME)),
        ("fits", "shift;counter", "fits", (Tag.COUNTER, Tag.SHIFT)),
        ("fits", " residents\nmeeting ", "fits", (Tag.MEETING, Tag.RESIDENTS)),
        ("fits", "", "fits", ()),
        ("span", "Week", "span", Span.WEEK),
        ("span", None, "span", Span.TODAY),
        ("at", "LUNCH", "at", DayPart.LUNCH),
    ],
)
def test_tags_as_people_type_them(
    column: str, written: str | None, field: str, read: object
) -> None:
    rows = changed(1, column, written)
    for name, content in (("a.xlsx", as_xlsx(rows)), ("a.csv", as_csv(rows).encode())):
        assert getattr(read_bytes(name, content).challenges[0], field) == read


def test_a_file_may_do_without_the_columns_of_tags_and_of_the_question_after_tried() -> None:
    few = [name for name in COLUMNS if name not in ("span", "fits", "at", *TRIED)]
    plain = read_bytes("a.csv", as_csv(rows_of(columns=few)).encode())
    assert {(challenge.span, challenge.fits, challenge.at) for challenge in plain.challenges} == {
        (Span.TODAY, (), None)
    }
    [tried] = {text.reflect_tried for one in plain.challenges for text in one.texts.values()}
    assert tried is None


def test_the_question_after_tried_is_in_the_language_that_its_column_names() -> None:
    further = [*rows_of()[0], "task_fy", "reflect_fy", "reflect_tried_fy"]
    texts = ["Freegje hjoed wat.", "Wat hearden jo?", "Wat hold jo tsjin?"]
    rows = [further, *([*row, *texts] for row in rows_of()[1:])]
    read = read_bytes("a.csv", as_csv(rows).encode())
    assert [*read.challenges[0].texts] == ["nl", "en", "fy"]
    assert read.challenges[0].texts["fy"].reflect_tried == texts[2]


def test_empty_rows_and_columns_are_nothing() -> None:
    rows = [[*row, None, "", " "] for row in rows_of()]
    rows = [[], [None], rows[0], [], *rows[1:], [None] * 20, [" ", "\xa0"]]
    assert read_bytes("a.xlsx", as_xlsx(rows)) == EXAMPLE
    assert read_bytes("a.csv", ("sep=;\n" + as_csv(rows)).encode()) == EXAMPLE


def test_remarks_as_people_and_excel_leave_them() -> None:
    text = as_csv(rows_of(), {}, ",")
    start = (
        "# set: mijn-set,,,,,,\n# Zomaar een opmerking: vraag, antwoord\n"
        '# title nl: "Mijn set"\n# title_en,My set\n# source: De Bruijne (2013), Overheid,,\n'
    )
    found = read_bytes("a.csv", (start + text).encode())
    assert found == EXAMPLE.model_copy(update={"source": "De Bruijne (2013), Overheid"})
    assert read_bytes("a.xlsx", as_xlsx([["# set: mijn-set"], *rows_of()], {
        name: value for name, value in fields_of().items() if name != "set"
    })) == EXAMPLE  # fmt: skip


def test_strings_as_excel_itself_keeps_them() -> None:
    rows = rows_of()
    texts = [str(value) for row in rows for value in row if value != ""]
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    cells = iter(range(len(texts)))
    xml = "".join(
        "<row>" + "".join("<c/>" if value == "" else f'<c t="s"><v>{next(cells)}</v></c>'
                          for value in row) + "</row>"
        for row in rows
    )  # fmt: skip
    assert read_bytes("a.xlsx", hostile.with_strings(strings, xml)) == EXAMPLE


def test_what_is_hidden_counts_as_well() -> None:
    book = load_workbook(BytesIO(template.as_xlsx()))
    book["Uitdagingen"].row_dimensions[3].hidden = True
    book["Uitdagingen"].column_dimensions["E"].hidden = True
    assert read_bytes("a.xlsx", saved(book)) == EXAMPLE


@pytest.mark.parametrize(
    ("row", "column", "value", "expected"),
    [
        (2, "minutes", 500, (3, "Rijen!B3 (minutes)", "less_than_equal")),
        (2, "minutes", 5.5, (3, "Rijen!B3 (minutes)", "int_type")),
        (2, "minutes", True, (3, "Rijen!B3 (minutes)", "int_type")),
        (2, "minutes", None, (3, "Rijen!B3 (minutes)", "missing")),
        (2, "task_en", None, (3, "Rijen!G3 (task_en)", "missing")),
        (2, "task_en", True, (3, "Rijen!G3 (task_en)", "string_type")),
        (2, "task_nl", "Kort", (3, "Rijen!D3 (task_nl)", "string_too_short")),
        (2, "task_nl", "Stel <b>een</b> vraag", (3, "Rijen!D3 (task_nl)", "markup")),
        (2, "task_nl", "Stel een\u200b vraag", (3, "Rijen!D3 (task_nl)", "unreadable")),
        (2, "id", "een-open-vraag", (3, "Rijen!A3 (id)", "double_id")),
        (2, "id", date(2026, 2, 1), (3, "Rijen!A3 (id)", "cell_date")),
        (2, "daring", time(9, 30), (3, "Rijen!C3 (daring)", "cell_date")),
        (2, "minutes", "=A1+1", (3, "Rijen!B3 (minutes)", "formula")),
        (2, "task_nl", "#N/A", (3, "Rijen!D3 (task_nl)", "cell_error")),
        (2, "span", "weak", (3, "Rijen!J3 (span)", "not_a_choice_with_hint")),
        (2, "fits", "desk, hoome", (3, "Rijen!K3 (fits)", "not_a_choice_with_hint")),
        (2, "fits", "kantoor", (3, "Rijen!K3 (fits)", "not_a_choice")),
        (2, "at", 12, (3, "Rijen!L3 (at)", "not_a_choice")),
        (2, "reflect_tried_nl", "Kort", (3, "Rijen!M3 (reflect_tried_nl)", "string_too_short")),
        (
            0,
            "reflect_tried_nl",
            "reflect_tied_nl",
            (1, "Rijen!M1 (reflect_tied_nl)", "unknown_with_hint"),
        ),
        (0, "minutes", "minutess", (1, "Rijen!B1 (minutess)", "unknown_with_hint")),
        (0, "minutes", "minutess", (1, "Rijen!A1 (minutes)", "missing_column")),
        (0, "why_nl", "kleur", (1, "Rijen!E1 (kleur)", "unknown")),
        (0, "why_nl", "id", (1, "Rijen!E1 (id)", "double_field")),
        (0, "why_nl", None, (2, "Rijen!E2", "outside")),
    ],
)
def test_each_fault_has_its_cell(
    row: int, column: str, value: object, expected: tuple[int, str, str]
) -> None:
    rows = changed(row, column, value)
    assert expected in told(as_xlsx(rows))
    assert expected in told(as_ods(rows), "set.ods")
    if not isinstance(value, date | time | bool):
        line, field, kind = expected
        in_csv = as_csv(rows).encode()  # below four remarks
        found = told(in_csv, "set.csv")
        assert (line + 4, _moved(field), kind) in found, found


def _moved(field: str) -> str:
    cell, _, name = field.removeprefix("Rijen!").partition(" ")
    return f"{cell[0]}{int(cell[1:]) + 4} {name}".strip()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"set": "Mijn set"}, (1, "Set!B1 (set)", "string_pattern_mismatch")),
        ({"title_nl": ""}, (2, "Set!B2 (title_nl)", "missing")),
        ({"titel_nl": "a"}, (5, "Set!B5 (titel_nl)", "unknown_with_hint")),
        ({"Title NL": "a"}, (5, "Set!B5 (Title NL)", "double_field")),
        ({"set": date(2026, 1, 1)}, (1, "Set!B1 (set)", "cell_date")),
    ],
)
def test_each_fault_in_the_fields_of_the_set(
    fields: Mapping[str, object], expected: tuple[int, str, str]
) -> None:
    found = told(as_xlsx(rows_of(), {**fields_of(), **fields}))
    assert found == told(as_ods(rows_of(), {**fields_of(), **fields}), "set.ods")
    assert expected[1:] in [fault[1:] for fault in found], found
    assert expected in found or expected[2] == "missing"


def test_all_faults_of_a_sheet_in_one_go() -> None:
    rows = changed(1, "minutes", 0)
    rows[2][0], rows[3][3] = "=1", "Kort"
    assert told(as_xlsx(rows)) == [
        (2, "Rijen!B2 (minutes)", "greater_than_equal"),
        (3, "Rijen!A3 (id)", "formula"),
        (4, "Rijen!D4 (task_nl)", "string_too_short"),
    ]


def test_a_row_below_a_cell_of_many_lines_has_its_own_line() -> None:
    rows = changed(1, "task_nl", "Stel een vraag\naan een\ncollega.")
    rows[2][1] = 0
    assert told(as_csv(rows).encode(), "a.csv") == [(9, "B7 (minutes)", "greater_than_equal")]


def test_cells_that_were_merged() -> None:
    book = load_workbook(BytesIO(template.as_xlsx()))
    book["Uitdagingen"].merge_cells("B2:B3")
    assert told(saved(book)) == [(3, "Uitdagingen!B3 (minutes)", "merged")]


def test_two_tables_and_a_cell_too_far() -> None:
    book = load_workbook(BytesIO(template.as_xlsx()))
    again: Any = book.create_sheet("Nog een")
    for row in rows_of():
        again.append(row)
    again["A5000"] = "x"
    second, far = (1, "Nog een!A1", "two_tables"), (5000, "Nog een!A5000", "too_far")
    assert told(saved(book)) == [second, far]


def test_too_many_rows_columns_and_sheets() -> None:
    row = rows_of()[1]
    rows = [rows_of()[0], *([f"u{n}", *row[1:]] for n in range(501))]
    assert (1, "challenges", "too_long") in told(as_xlsx(rows))
    assert (5, "challenges", "too_long") in told(as_csv(rows).encode(), "a.csv")
    rows = [rows_of()[0], *([f"u{n}", *row[1:]] for n in range(1001))]
    assert (5, "challenges", "far_too_long") in told(as_csv(rows).encode(), "a.csv")
    rows = [[*row, *(f"k{n}" for n in range(60))] for row in rows_of()]
    assert "too_many_columns" in {kind for _, _, kind in told(as_csv(rows).encode(), "a.csv")}
    book = Workbook()
    for _ in range(12):
        book.create_sheet()
    assert "too_much" in {kind for _, _, kind in told(saved(book))}


def test_a_full_sheet_is_a_good_one() -> None:
    row = rows_of()[1]
    rows = [rows_of()[0], *([f"u{n}", *row[1:]] for n in range(500))]
    for content in (as_xlsx(rows), as_ods(rows), as_csv(rows).encode()):
        assert len(read_bytes("a", content).challenges) == 500

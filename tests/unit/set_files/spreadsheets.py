"""Sets as files of each kind, in all the ways that people and programs write them."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, time
from io import BytesIO, StringIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook

from bot.core.challenges.challenge import ChallengeSet
from bot.set_files.columns import columns as columns_of_sets
from bot.set_files.formats.ods_writer import MIME, NAMESPACES
from bot.set_files.template import example, row_of

EXAMPLE = example()
COLUMNS = columns_of_sets()
Rows = list[list[Any]]


def rows_of(given: ChallengeSet = EXAMPLE, columns: Sequence[str] = tuple(COLUMNS)) -> Rows:
    """A row of headers and a row a challenge, in this order of columns."""
    named = [dict(zip(COLUMNS, row_of(one), strict=True)) for one in given.challenges]
    return [list(columns), *([row[name] for name in columns] for row in named)]


def fields_of(given: ChallengeSet = EXAMPLE) -> dict[str, str]:
    """The set's own fields."""
    title = {f"title_{tag}": given.title.in_language(tag) for tag in ("nl", "en")}
    return {"set": given.set, **title, "source": given.source}


def as_csv(
    rows: Rows, fields: Mapping[str, str] | None = None, delimiter: str = ";", end: str = "\r\n"
) -> str:
    """With the set's fields as remarks."""
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    given = fields_of() if fields is None else fields
    writer.writerows([f"# {name}: {value}"] for name, value in given.items())
    writer.writerows(rows)
    return text.getvalue()


def as_xlsx(rows: Rows, fields: Mapping[str, Any] | None = None) -> bytes:
    """With the set's fields on a first sheet."""
    book = Workbook()
    first: Any = book.active
    first.title = "Set"
    for name, value in (fields_of() if fields is None else fields).items():
        first.append([name, value])
    second: Any = book.create_sheet("Rijen")
    for row in rows:
        second.append(row)
    return saved(book)


def as_ods(rows: Rows, fields: Mapping[str, Any] | None = None) -> bytes:
    """With the set's fields on a first sheet, as an OpenDocument spreadsheet."""
    whole = fields_of() if fields is None else fields
    return ods_of([("Set", [[name, value] for name, value in whole.items()]), ("Rijen", rows)])


def ods_of(sheets: Sequence[tuple[str, Rows]]) -> bytes:
    """An OpenDocument spreadsheet with these sheets."""
    tables = "".join(
        f"<table:table table:name={quoteattr(title)}>{''.join(map(ods_row, rows))}</table:table>"
        for title, rows in sheets
    )
    return ods_with(tables)


def ods_row(cells: Sequence[Any]) -> str:
    """The XML of a row."""
    return f"<table:table-row>{''.join(map(_ods_cell, cells))}</table:table-row>"


def _ods_cell(value: Any) -> str:  # noqa: ANN401 - whatever is in a cell
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
    match value:
        case None:
            return "<table:table-cell/>"
        case bool():
            attributes = f'boolean" office:boolean-value="{str(value).lower()}'
        case int() | float():
            attributes = f'float" office:value="{value}'
        case date():
            attributes = f'date" office:date-value="{value}'
        case time():
            attributes = f'time" office:time-value="PT{value.hour}H'
        case _:
            attributes = "string"
            if str(value).startswith("="):
                attributes += f'" table:formula="of:{escape(value)}'
    return f'<table:table-cell office:value-type="{attributes}">{paragraphs}</table:table-cell>'


def ods_with(tables: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """An OpenDocument spreadsheet with this XML between its body's tags, and these other parts."""
    content = (
        f'<office:document-content {NAMESPACES} office:version="1.3"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo("mimetype"), MIME)
        for name, part in {"content.xml": content, **(parts or {})}.items():
            archive.writestr(name, part)
    return target.getvalue()


def saved(book: Workbook) -> bytes:
    """The file of a workbook."""
    content = BytesIO()
    book.save(content)
    return content.getvalue()

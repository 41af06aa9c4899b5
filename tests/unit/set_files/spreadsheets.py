"""Sets as files of each kind, in all the ways that people and programs write them."""

import csv
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook

from bot.core.challenge import ChallengeSet
from bot.set_files.columns import columns as columns_of_sets
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


def saved(book: Workbook) -> bytes:
    """The file of a workbook."""
    content = BytesIO()
    book.save(content)
    return content.getvalue()

"""CSV that Excel and LibreOffice open as text, whatever people wrote in it."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from unicodedata import normalize

# What makes a spreadsheet take a cell for a formula, by OWASP's page on CSV injection.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Returns rows as CSV, with a byte order mark, so that Excel reads it as UTF-8.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=columns)
    if columns:
        writer.writeheader()
    for row in rows:
        writer.writerow({name: as_text(value) for name, value in row.items()})
    return text.getvalue().encode("utf-8-sig")


def as_text(value: object) -> object:
    """Returns a value for a cell; what would run as a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    # Some spreadsheets overlook spaces in front, and take full-width signs for the usual ones.
    start = normalize("NFKC", value[:8]).lstrip(" ")
    return f"'{value}" if start.startswith(FORMULA_STARTS) else value

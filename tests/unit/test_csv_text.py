"""CSV for spreadsheets: nothing that people wrote is run."""

import csv
from io import StringIO

import pytest

from bot.csv_text import csv_of


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+31 6", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "\uff1d1", "\u00a0=1"],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert (
        csv_of(["text"], [{"text": text}])
        .decode("utf-8-sig")
        .split("\n", 1)[1]
        .lstrip('"')
        .startswith("'")
    )


@pytest.mark.parametrize("text", ["a=b", "", "12", "Ik zei: 'ja'", "é", "1 + 1 = 3"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert read(csv_of(["text"], [{"text": text}])) == [{"text": text}]


def test_numbers_stay_numbers() -> None:
    assert read(csv_of(["a", "b"], [{"a": -1, "b": None}])) == [{"a": "-1", "b": ""}]


def test_without_columns_there_is_nothing() -> None:
    assert csv_of([], []) == b"\xef\xbb\xbf"

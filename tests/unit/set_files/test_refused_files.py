"""Files that are refused as a whole: no set of any kind, or what no spreadsheet may carry."""

import zipfile
from io import BytesIO

import pytest

from bot.set_files import template
from bot.set_files.reader import MAX_BYTES
from tests.unit.set_files import hostile
from tests.unit.set_files.faults import told


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", b"", "empty"),
        ("a.xlsx", b"", "empty"),
        ("a", b"\xef\xbb\xbf \r\n", "empty"),
        ("a.csv", b"#" * (MAX_BYTES + 1), "too_large"),
        ("a.csv", b"id;minutes\n\x81;1\n", "odd_letters"),
        ("a.csv", b'id;minutes\n"a;1\nb;2\n', "csv_quote"),
        ("a.csv", b"a;b\n1;2\n", "no_columns"),
        ("a.csv", b"\x89PNG\r\n\0", "binary"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0", "binary"),
        ("a.xlsx", b"set: a", "not_xlsx"),
        ("a.ods", b"set: a", "not_ods"),
        ("a.ods", b"PK\x03\x04", "not_ods"),
        ("a.ods", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
        ("a.fods", b"<?xml version='1.0'?><office:document/>", "flat_ods"),
        ("a.numbers", b"PK\x03\x04", "numbers"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
        ("a.yaml", b"PK\x03\x04", "not_xlsx"),
    ],
)
def test_what_is_no_set_of_any_kind(name: str, content: bytes, kind: str) -> None:
    assert kind in {fault[2] for fault in told(content, name)}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/macrosheets/sheet1.xml", "macros"),
        ("xl/externalLinks/externalLink1.xml", "links"),
        ("xl/connections.xml", "links"),
        ("xl/embeddings/oleObject1.bin", "embedded"),
    ],
)
def test_what_an_excel_file_may_not_carry(part: str, kind: str) -> None:
    content = hostile.changed(template.as_xlsx(), part, lambda _: b"x")
    assert told(content) == [(1, "file", kind)]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (b"application/vnd.ms-excel.sheet.macroEnabled.main+xml", "macros"),
        (b"http://x/relationships/externalLink", "links"),
    ],
)
def test_what_an_excel_file_may_not_name(words: bytes, kind: str) -> None:
    content = hostile.changed(
        template.as_xlsx(), "[Content_Types].xml", lambda part: part + b"<!--" + words + b"-->"
    )
    assert told(content) == [(1, "file", kind)]


@pytest.mark.slow
def test_a_bomb_that_lies_about_its_size_and_one_in_another_pressing() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert told(target.getvalue()) == [(1, "file", "not_xlsx")]
    bombs = dict(hostile.xlsxs())
    assert told(bombs["bomb"]) == [(1, "file", "zip_bomb")]
    assert told(bombs["lying bomb"])[0][2] in {"zip_bomb", "not_xlsx"}
    assert told(bombs["many rows"])[0][2] in {"zip_bomb", "no_columns"}
    assert told(bombs["entities"]) == [(1, "file", "entities")]

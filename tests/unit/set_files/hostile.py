"""Files that somebody might send to harm the bot, or that no program should choke on."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

from bot.set_files.formats.zip_safety import CONTENT
from bot.set_files.template import as_csv, as_ods, as_xlsx, as_yaml
from tests.unit.set_files.spreadsheets import ods_with

MIB = 1024 * 1024
SHEET = "xl/worksheets/sheet2.xml"


def filled(piece: str, start: str = "", end: str = "") -> bytes:
    """A MiB of `piece`, between `start` and `end`."""
    left = MIB - len(start.encode()) - len(end.encode())
    return (start + piece * (left // len(piece.encode())) + end).encode()


def laughs(depth: int = 30) -> bytes:
    """A list of lists of lists, each written once."""
    lines = ["a0: &a0 [ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return "\n".join(lines).encode()


YAMLS: dict[str, bytes] = {
    "deep lists": filled("["),
    "deep mappings": filled("{"),
    "deep mappings with names": filled("{a: "),
    "dashes": filled("- "),
    "dashes on lines": filled("-\n"),
    "questions": filled("? "),
    "a million fields": filled("a: b\n"),
    "many other fields": "".join(f"a{n}: b\n" for n in range(90_000)).encode()[:MIB],
    "many fields within the bounds": "".join(f"sets{n}: b\n" for n in range(29_000)).encode(),
    "many challenges that are none": b"challenges:\n" + b"- {idd: 1, minuten: a}\n" * 9_000,
    "one word": filled("a"),
    "one text": filled("a", 'set: "', '"'),
    "one name": filled("a", end=": b"),
    "a long number": b"set: " + b"9" * (MIB - 10),
    "a quote that never closes": filled("a\n", 'set: "'),
    "quotes": filled("'"),
    "double quotes": filled('"'),
    "a block that never ends": filled("  a\n", "set: |\n"),
    "tabs": filled("\t"),
    "spaces": filled(" ", "set: a"),
    "lines": filled("\n", "set: a"),
    "remarks": filled("# a\n"),
    "remarks and a set": filled("# a\n", end="set: a\n"),
    "a flow of commas": filled("a,", "["),
    "documents": filled("---\n"),
    "laughs": laughs(),
    "anchors": filled("&a "),
    "many anchors": "".join(f"- &a{n} b\n" for n in range(90_000)).encode()[:MIB],
    "tags": filled("!a "),
    "a long tag": filled("a", "!<tag:"),
    "stars": filled("*a "),
    "directives": filled("%A\n"),
    "escapes": filled("\\U0001F600", 'set: "', '"'),
    "control characters": filled("\x07", "set: a"),
    "overrides": filled("\u202e", "set: a"),
    "no character at all": b"\xff" * MIB,
    "nulls": bytes(MIB),
    "merges": filled("<<: {a: b}\n"),
    "markup": filled("<a ", "title: {nl: '", "'}"),
}
CSVS: dict[str, bytes] = {
    "semicolons": filled(";"),
    "rows of nothing": filled(";\n", "id;minutes;daring\n"),
    "rows of a letter": filled("a\n", "id;minutes;daring\n"),
    "rows with too much": filled("a;b;c;d;e\n", "id;minutes;daring\n"),
    "columns": filled("a;", "id;minutes;daring;"),
    "the same columns": filled("id;"),
    "a quote that never closes": filled("a\n", 'id;minutes;daring\n"'),
    "quotes": filled('"', "id;minutes;daring\n"),
    "lines": filled("\n", "id;minutes;daring"),
    "returns": filled("\r", "id;minutes;daring"),
    "a cell": filled("a", "id;minutes;daring\n"),
    "a cell of spaces": filled(" ", "id;minutes;daring\na", "a"),
    "a cell of lines": filled(" \n", 'id;minutes;daring\n"', '"'),
    "remarks": filled("# set: a\n"),
    "remarks of spaces": filled(" ", "#"),
    "a remark of underscores": filled("_ ", "# "),
    "formulas": filled("=1+1;", "id;minutes;daring\n"),
    "undefined": b"id;minutes;daring\n" + b"\x81" * (MIB - 20),
}


def changed(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """An Excel file with another part in the place of one of its parts, or beside them."""
    target = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for info in source.infolist():
            part = source.read(info)
            archive.writestr(info.filename, change(part) if info.filename == name else part)
        if name not in source.namelist():
            archive.writestr(name, change(b""))
    return target.getvalue()


def with_rows(rows: str, after: str = "") -> bytes:
    """The example with these rows in its second sheet."""
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{rows}</sheetData>{after}</worksheet>"
    )
    return changed(as_xlsx(), SHEET, lambda _: sheet.encode())


def one_cell(row: int, name: str) -> bytes:
    """An Excel file with nothing in its second sheet but this cell."""
    return with_rows(f'<row r="{row}"><c r="{name}"><v>1</v></c></row>')


STRINGS = "xl/sharedStrings.xml"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def with_strings(strings: str, rows: str = '<row><c t="s"><v>0</v></c></row>') -> bytes:
    """A file as Excel writes it, with its texts in a list of their own."""
    listed = f'<Override PartName="/{STRINGS}" ContentType="{KIND}"/></Types>'.encode()
    content = changed(
        with_rows(rows), "[Content_Types].xml", lambda part: part.replace(b"</Types>", listed)
    )
    table = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>'
    )
    return changed(content, STRINGS, lambda _: table.encode())


def lying(content: bytes, name: str) -> bytes:
    """An Excel file whose list of contents says that a part is small."""
    changed_content = bytearray(content)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        info = archive.getinfo(name)
    real = struct.pack("<I", info.file_size)
    at = changed_content.find(real)
    while at >= 0:
        changed_content[at : at + 4] = struct.pack("<I", 100)
        at = changed_content.find(real, at + 4)
    return bytes(changed_content)


def quine() -> bytes:
    """A part of raw zeros that unfolds a thousandfold, in a hundred names."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for n in range(20):
            archive.writestr(f"xl/{n}.xml", bytes(20 * MIB))
    return target.getvalue()


def entities(part: bytes) -> bytes:
    """Laughs in XML."""
    steps = "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 9 + '">' for n in range(1, 12))
    kinds = f'<!DOCTYPE w [<!ENTITY a0 "ha">{steps}]>'
    return kinds.encode() + part.replace(b"<sheetData>", b"<sheetData><a>&a11;</a>")


def many(xml: str, most: int = 98_000) -> str:
    """As many of it as the reader lets through."""
    return xml * (most // xml.count("<"))


def xlsxs() -> Iterator[tuple[str, bytes]]:
    """Each with its name; made one by one, for together they would fill the memory."""
    example = as_xlsx()
    yield "bomb", changed(example, SHEET, lambda part: part + b" " * (200 * MIB))
    yield "bomb of rows", with_rows("<row><c/></row>" * 2_000_000)
    yield "many bombs", quine()
    yield "bomb beside", changed(example, "xl/media/a.bin", lambda _: bytes(300 * MIB))
    yield "lying bomb", lying(changed(example, SHEET, lambda part: part + b" " * (50 * MIB)), SHEET)
    yield "entities", changed(example, SHEET, entities)
    yield (
        "entities in UTF-16",
        changed(example, SHEET, lambda part: entities(part).decode().encode("utf-16")),
    )
    yield "macros", changed(example, "xl/vbaProject.bin", lambda _: b"\xd0\xcf")
    yield "links", changed(example, "xl/externalLinks/externalLink1.xml", lambda _: b"<a/>")
    yield "embedded", changed(example, "xl/embeddings/a.bin", lambda _: b"a")
    yield "one cell in the last corner", one_cell(1_048_576, "XFD1048576")
    yield "a cell beyond", one_cell(9_999_999, "ZZZ9999999")
    yield "many rows", with_rows(many("<row><c><v>1</v></c></row>"))
    yield "many cells in a row", with_rows("<row>" + many("<c><v>1</v></c>") + "</row>")
    formula = "A1+" * 2000 + "A1"
    shared = f'<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A9">{formula}</f></c></row>'
    yield (
        "shared formulas",
        with_rows(shared + many('<row><c><f t="shared" si="0"/></c></row>', 90_000)),
    )
    yield (
        "merged",
        with_rows(
            many("<row>" + "<c><v>1</v></c>" * 10 + "</row>", 60_000),
            "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 40_000 + "</mergeCells>",
        ),
    )
    yield "deep XML", with_rows("<a>" * 49_000 + "</a>" * 49_000)
    fonts = b"<font/>" * 90_000 + b"<fonts "
    yield (
        "many styles",
        changed(example, "xl/styles.xml", lambda part: part.replace(b"<fonts ", fonts)),
    )
    yield "many strings", with_strings("<si><t>a</t></si>" * 24_000)
    yield "long string", with_strings("<si><t>" + "a" * (6 * MIB) + "</t></si>")
    yield "spaces", with_strings("<si><t>a" + " " * (6 * MIB) + "a</t></si>")
    yield "rich strings", with_strings("<si>" + "<r><t>a</t></r>" * 24_000 + "</si>")
    yield "a date that is none", with_rows('<row><c t="d"><v>zomaar</v></c></row>')
    yield "a string that is not there", with_rows('<row><c t="s"><v>99999</v></c></row>')
    yield "a lot of digits", with_rows(f"<row><c><v>{'9' * 4_000_000}</v></c></row>")
    yield "half", example[: len(example) // 2]
    yield "zip of nothing", b"PK\x05\x06" + bytes(18)
    yield "PK", b"PK\x03\x04" + zlib.compress(bytes(1000))
    yield "old", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)


def odss() -> Iterator[tuple[str, bytes]]:
    """The same for OpenDocument, in which a few bytes repeat a row a million times."""
    cell = '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>'
    rows, columns = "table:number-rows-repeated", "table:number-columns-repeated"

    def table(row: str) -> bytes:
        return ods_with(f"<table:table>{row}</table:table>")

    example = as_ods()
    yield "bomb", changed(example, CONTENT, lambda part: part + b" " * (200 * MIB))
    yield "lying bomb", lying(changed(example, CONTENT, lambda part: part + b" " * MIB), CONTENT)
    yield "bomb beside", changed(example, "Pictures/a.png", lambda _: bytes(300 * MIB))
    yield (
        "a row a million times",
        table(f'<table:table-row {rows}="1048576">{cell * 50}</table:table-row>'),
    )
    yield (
        "rows a million times",
        table(f'<table:table-row {rows}="1048576">{cell}</table:table-row>' * 10_000),
    )
    yield (
        "a cell a million times",
        table(
            f'<table:table-row {rows}="9999"><table:table-cell {columns}="999999999">'
            "<text:p>a</text:p></table:table-cell></table:table-row>" * 10_000
        ),
    )
    yield (
        "nothing a million times",
        table(
            f'<table:table-row {rows}="999999999"><table:table-cell {columns}="999999999"/>'
            "</table:table-row>" * 10_000
        ),
    )
    yield "more digits than a number has", table(f'<table:table-row {rows}="{"9" * 5_000_000}"/>')
    long = "<table:table-cell><text:p>" + "a" * (5 * MIB) + "</text:p></table:table-cell>"
    yield "a long string", table(f"<table:table-row>{long}</table:table-row>")
    yield "a long string often", table(f'<table:table-row {rows}="2000">{long}</table:table-row>')
    spaces = '<text:s text:c="999999999"/>'
    yield "spaces", table(f"<table:table-row>{cell.replace('a<', spaces + '<')}</table:table-row>")
    ninety = '<text:s text:c="90"/>'
    yield (
        "spaces often",
        table(f"<table:table-row>{cell.replace('a<', ninety * 20_000 + '<')}</table:table-row>"),
    )
    yield "deep XML", table("<text:p>" * 49_000 + "</text:p>" * 49_000)
    yield "deep tables", table("<table:table>" * 49_000 + "</table:table>" * 49_000)
    yield "deep rows", table("<table:table-row>" * 49_000 + "</table:table-row>" * 49_000)
    yield (
        "many sheets",
        ods_with(f"<table:table><table:table-row>{cell}</table:table-row></table:table>" * 9_000),
    )
    yield "many cells", table(f"<table:table-row>{cell * 20_000}</table:table-row>")
    yield "many rows", table(f"<table:table-row>{cell}</table:table-row>" * 15_000)
    yield (
        "attributes",
        table("<table:table-row " + " ".join(f'a{n}=""' for n in range(400_000)) + "/>"),
    )
    start = b"<office:spreadsheet>"
    yield (
        "entities",
        changed(example, CONTENT, lambda part: entities(part.replace(start, start + b"&a11;"))),
    )
    outside = b'<!DOCTYPE a [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>'
    yield (
        "external entity",
        changed(example, CONTENT, lambda part: outside + part.replace(start, start + b"&a11;")),
    )
    yield (
        "entities in UTF-16",
        changed(example, CONTENT, lambda part: entities(part).decode().encode("utf-16")),
    )
    ebcdic = '<?xml version="1.0" encoding="cp037"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    yield "entities in EBCDIC", changed(example, CONTENT, lambda _: ebcdic.encode("cp037"))
    secret = b"<manifest:encryption-data/>"
    yield "password", changed(example, "META-INF/manifest.xml", lambda part: part + secret)
    yield "macros", changed(example, "Basic/Standard/a.xml", lambda _: b"<a/>")
    yield "embedded", changed(example, "Object 1/content.xml", lambda _: b"<a/>")
    yield "half", example[: len(example) // 2]
    yield "head", example[:100]


def files() -> Iterator[tuple[str, bytes]]:
    """All of them, with a name that has the extension."""
    yield from ((f"{name}.yaml", content) for name, content in YAMLS.items())
    yield from ((f"{name} in csv.csv", content) for name, content in CSVS.items())
    yield from ((f"{name} without a kind", content) for name, content in (YAMLS | CSVS).items())
    yield from ((f"{name}.xlsx", content) for name, content in xlsxs())
    yield from ((f"{name}.ods", content) for name, content in odss())


GOOD = {"set.xlsx": as_xlsx, "set.ods": as_ods, "set.csv": as_csv, "set.yaml": as_yaml}

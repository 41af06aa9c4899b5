"""Writes a workbook of openpyxl as an OpenDocument spreadsheet, as far as the template needs.

The template is laid out once, for Excel. This module writes its texts, numbers, column widths, bold
and shaded cells, frozen headers and bounds of numbers in the other format; it knows nothing else.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.utils import get_column_letter, range_boundaries

MIME = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{NAMES}:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "number": "datastyle",
        "fo": "xsl-fo-compatible",
        "config": "config",
    }.items()
)
NAMESPACES += f' xmlns:of="{NAMES}:of:1.2"'
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
MANIFEST = (
    f'{HEADER}<manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIME}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="settings.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
MILLIMETRES = 2.1  # of a character in a column
SIZE = 11  # of a font without one, in points


def written(book: Workbook) -> bytes:
    """Returns the file; the same each time, for it holds no moment at which it was made."""
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        # First and not compressed, so that programs know the format by its first bytes.
        archive.writestr(ZipInfo("mimetype"), MIME, ZIP_STORED)
        parts = {
            "content.xml": _content(book),
            "settings.xml": _settings(book),
            "META-INF/manifest.xml": MANIFEST,
        }
        for name, part in parts.items():
            archive.writestr(ZipInfo(name), part, ZIP_DEFLATED)
    return target.getvalue()


Style = tuple[bool, float, str, bool, bool]
"""Whether it is bold, its size, the colour behind it, whether it wraps, and whether it is text."""


def _style(cell: Any) -> Style:  # noqa: ANN401 - openpyxl has no types
    fill = cell.fill.start_color.rgb[-6:] if cell.fill.fill_type else ""
    return (
        bool(cell.font.bold),
        cell.font.size or SIZE,
        fill,
        bool(cell.alignment.wrap_text),
        cell.number_format == "@",
    )


def _content(book: Workbook) -> str:
    styles: dict[Style, str] = {}
    widths: dict[float, str] = {}
    validations: list[str] = []
    tables = "".join(_table(sheet, styles, widths, validations) for sheet in book.worksheets)
    rules = f"<table:content-validations>{''.join(validations)}</table:content-validations>"
    return (
        f'{HEADER}<office:document-content {NAMESPACES} office:version="1.3">'
        '<office:automatic-styles><number:text-style style:name="text"><number:text-content/>'
        f"</number:text-style>{''.join(_styles(styles, widths))}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{rules}{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )


def _styles(styles: dict[Style, str], widths: dict[float, str]) -> Iterator[str]:
    for width, name in widths.items():
        yield (
            f'<style:style style:name="{name}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{width * MILLIMETRES:.1f}mm"/>'
            "</style:style>"
        )
    for (bold, size, fill, wraps, is_text), name in styles.items():
        data = ' style:data-style-name="text"' if is_text else ""
        shade = f' fo:background-color="#{fill}"' if fill else ""
        wrap = ' fo:wrap-option="wrap" style:vertical-align="top"' if wraps else ""
        weight = ' fo:font-weight="bold"' if bold else ""
        yield (
            f'<style:style style:name="{name}" style:family="table-cell"{data}>'
            f"<style:table-cell-properties{shade}{wrap}/>"
            f'<style:text-properties fo:font-size="{size:g}pt"{weight}/></style:style>'
        )


def _table(
    sheet: Any,  # noqa: ANN401 - openpyxl has no types
    styles: dict[Style, str],
    widths: dict[float, str],
    validations: list[str],
) -> str:
    """Returns a sheet, and adds the styles and validations that it uses."""
    rules = _rules(sheet, validations)
    columns = ""
    for column in range(1, sheet.max_column + 1):
        width = sheet.column_dimensions[get_column_letter(column)].width
        name = widths.setdefault(width, f"co{len(widths)}")
        rule = f' table:content-validation-name="{rules[column]}"' if column in rules else ""
        columns += f'<table:table-column table:style-name="{name}"{rule}/>'
    rows = ""
    for row in sheet.iter_rows():
        cells = "".join(_cell(cell, styles, rules) for cell in row)
        rows += f"<table:table-row>{cells}</table:table-row>"
    return f"<table:table table:name={quoteattr(sheet.title)}>{columns}{rows}</table:table>"


def _cell(cell: Any, styles: dict[Style, str], rules: dict[int, str]) -> str:  # noqa: ANN401 - as above
    style = styles.setdefault(_style(cell), f"ce{len(styles)}")
    attributes = f'table:style-name="{style}"'
    if cell.row > 1 and cell.column in rules:
        attributes += f' table:content-validation-name="{rules[cell.column]}"'
    if cell.value is None:
        return f"<table:table-cell {attributes}/>"
    if isinstance(cell.value, int | float):
        attributes += f' office:value-type="float" office:value="{cell.value}"'
    else:
        attributes += ' office:value-type="string"'
    lines = str(cell.value).split("\n")
    text = "".join(f"<text:p>{escape(line)}</text:p>" for line in lines)
    return f"<table:table-cell {attributes}>{text}</table:table-cell>"


def _rules(sheet: Any, validations: list[str]) -> dict[int, str]:  # noqa: ANN401 - as above
    """Returns the name of the rule of each column that has one, and adds the rules."""
    names: dict[int, str] = {}
    for rule in sheet.data_validations.dataValidation:
        name = f"val{len(validations)}"
        condition = quoteattr(f"of:{_condition(rule)}")
        validations.append(
            f'<table:content-validation table:name="{name}" table:condition={condition} '
            'table:allow-empty-cell="true" table:display-list="unsorted">'
            '<table:error-message table:display="true" '
            f'table:message-type="stop"><text:p>{escape(rule.error or "")}</text:p>'
            "</table:error-message></table:content-validation>"
        )
        for area in rule.sqref.ranges:
            left, _, right, _ = range_boundaries(area.coord)
            names |= dict.fromkeys(range(left or 1, (right or 1) + 1), name)
    return names


def _condition(rule: Any) -> str:  # noqa: ANN401 - as above
    if rule.type == "list":
        choices = rule.formula1.strip('"').split(",")
        return "cell-content-is-in-list({})".format(";".join(f'"{each}"' for each in choices))
    between = f"cell-content-is-between({rule.formula1},{rule.formula2})"
    return f"cell-content-is-whole-number() and {between}"


def _settings(book: Workbook) -> str:
    """Returns what is in view: the headers of a frozen sheet stay there."""
    sheets = ""
    for sheet in book.worksheets:
        items = ""
        if sheet.freeze_panes:
            column, row, *_ = range_boundaries(sheet.freeze_panes)
            for axis, at in (("Horizontal", (column or 1) - 1), ("Vertical", (row or 1) - 1)):
                items += _item(f"{axis}SplitMode", "short", 2) + _item(
                    f"{axis}SplitPosition", "int", at
                )
            items += _item("PositionRight", "int", (column or 1) - 1)
            items += _item("PositionBottom", "int", (row or 1) - 1)
        title = quoteattr(sheet.title)
        sheets += f"<config:config-item-map-entry config:name={title}>{items}"
        sheets += "</config:config-item-map-entry>"
    return (
        f'{HEADER}<office:document-settings {NAMESPACES} office:version="1.3"><office:settings>'
        '<config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        '<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>'
        f'<config:config-item-map-named config:name="Tables">{sheets}'
        "</config:config-item-map-named></config:config-item-map-entry>"
        "</config:config-item-map-indexed></config:config-item-set></office:settings>"
        "</office:document-settings>"
    )


def _item(name: str, kind: str, value: int) -> str:
    attributes = f'config:name="{name}" config:type="{kind}"'
    return f"<config:config-item {attributes}>{value}</config:config-item>"

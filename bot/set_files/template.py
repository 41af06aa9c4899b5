"""Writes a set as a file of each kind: one that exists, or an example to begin with."""

import csv
import json
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any, Protocol

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from bot.core.challenges.challenge import (
    BOUNDS,
    CHOICES,
    MAX_CHALLENGES,
    Challenge,
    ChallengeSet,
    ChallengeText,
    Title,
)
from bot.core.challenges.fit import Span
from bot.csv_text import as_text
from bot.languages.catalogue import in_every_language, message
from bot.languages.registry import default_tag, language_of, languages, tags
from bot.languages.specification import Language
from bot.set_files.columns import NUMBERS, Columns, columns, set_fields
from bot.set_files.formats import ods_writer
from bot.set_files.hints import BESIDE, hint, title_hint

SCHEMA = "challenge-set.schema.json"
# The challenges of the example; their texts are in the catalogues, under `template.`.
EXAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("question", {"id": "een-open-vraag", "minutes": 5, "daring": 1}),
    (
        "outside",
        {"id": "naar-buiten", "minutes": 30, "daring": 2, "span": "week", "fits": "walking"},
    ),
    ("idea", {"id": "een-gewaagd-idee", "minutes": 15, "daring": 3, "fits": "colleagues, meeting"}),
)
WITHOUT_WHY = frozenset({"idea"})
WITHOUT_TRIED = frozenset({"question"})
LISTS = frozenset({"fits"})  # several words in one cell
EMPTY_ROWS = 60
WIDTHS = {"id": 22, "minutes": 9, "daring": 9, "span": 9, "fits": 24, "at": 11}
WIDE = 44
BOLD = Font(bold=True)
LARGE = Font(bold=True, size=16)
SHADE = PatternFill("solid", start_color="DDEBDA")
WRAP = Alignment(wrap_text=True, vertical="top")


def example() -> ChallengeSet:
    """Returns the set that the template is filled with, in the languages of the bot."""
    return ChallengeSet(
        set="mijn-set",
        title=Title.of(**{each.tag: message(each, "template.title") for each in languages()}),
        source="",
        challenges=tuple(
            Challenge.of(**fields, **{each.tag: _text(each, name) for each in languages()})
            for name, fields in EXAMPLES
        ),
    )


def _text(language: Language, name: str) -> ChallengeText:
    return ChallengeText(
        task=message(language, f"template.{name}.task"),
        why="" if name in WITHOUT_WHY else message(language, f"template.{name}.why"),
        reflect=message(language, f"template.{name}.reflect"),
        reflect_tried=(
            None if name in WITHOUT_TRIED else message(language, f"template.{name}.reflect_tried")
        ),
    )


def _set_rows(whole: ChallengeSet) -> list[tuple[str, str, str]]:
    """Returns the name, value and hint of each field of the set itself."""
    values = {"set": whole.set, "source": whole.source}
    rows: list[tuple[str, str, str]] = []
    for name, path in set_fields().items():
        if len(path) == 1:
            rows.append((name, values[name], hint(name, BESIDE)))
        else:
            titled = language_of(path[1])
            rows.append((name, whole.title.in_language(titled.tag), title_hint(titled, BESIDE)))
    further = {
        f"title_{tag.lower().replace('-', '_')}": title
        for tag, title in whole.title.model_dump().items()
        if tag not in tags()
    }
    return [*rows, *((name, title, "") for name, title in further.items())]


def _columns_of(whole: ChallengeSet) -> Columns:
    """Returns the columns for all languages in a set: those of the bot, and the others in it."""
    used = {tag for challenge in whole.challenges for tag in challenge.texts}
    return columns(sorted(used - {*tags()}))


def _column_hints() -> list[tuple[str, str]]:
    """Returns the hint of each column, those of one field in all languages together."""
    names: dict[str, list[str]] = {}
    for name, path in columns().items():
        names.setdefault(path[-1], []).append(name)
    return [(", ".join(named), hint(field, BESIDE)) for field, named in names.items()]


def row_of(challenge: Challenge, shown: Columns | None = None) -> list[str | int]:
    """Returns the cells of a challenge, in the order of the columns; what it lacks is empty."""
    content = challenge.model_dump(mode="json")
    content["fits"] = ", ".join(content["fits"])
    cells = (
        content[path[0]] if len(path) == 1 else content.get(path[0], {}).get(path[1])
        for path in (shown or columns()).values()
    )
    return ["" if cell is None else cell for cell in cells]


def as_csv(whole: ChallengeSet | None = None) -> bytes:
    """Returns a set for Excel in the Netherlands: semicolons, and a mark that says it is UTF-8."""
    whole = whole or example()
    shown = _columns_of(whole)
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for name, value, meaning in _set_rows(whole):
        writer.writerow([f"# {name}: {value}"])
        writer.writerow([f"#   {meaning.replace(':', ',')}"])
    for names, meaning in _column_hints():
        writer.writerow([f"# {names} = {meaning.replace(':', ',')}"])
    writer.writerow(shown)
    for challenge in whole.challenges:
        writer.writerow([as_text(cell) for cell in row_of(challenge, shown)])
    return text.getvalue().encode("utf-8-sig")


def as_yaml(whole: ChallengeSet | None = None) -> bytes:
    """Returns a set with a line that tells an editor which fields there are."""
    whole = whole or example()
    titles = [f"{tag}: {_quoted(title)}" for tag, title in whole.title.model_dump().items()]
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        f"set: {whole.set}  # {hint('set', BESIDE)}",
        f"title: {{{', '.join(titles)}}}",
        f"source: {_quoted(whole.source)}  # {hint('source', BESIDE)}",
        *(f"# {names}: {meaning}" for names, meaning in _column_hints()),
        "challenges:",
    ]
    for challenge in whole.challenges:
        lines += [f"  - id: {challenge.id}"]
        lines += [f"    minutes: {challenge.minutes}", f"    daring: {challenge.daring}"]
        lines += _optional_fields(challenge)
        for tag, text in challenge.texts.items():
            lines += [f"    {tag}:"]
            fields = text.model_dump().items()
            lines += [f"      {name}: {_quoted(value)}" for name, value in fields if value]
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    """Returns a text as YAML has it in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def _optional_fields(challenge: Challenge) -> list[str]:
    """Returns the lines of the fields that are left out when they say nothing special."""
    fits = f"[{', '.join(challenge.fits)}]" if challenge.fits else ""
    span = "" if challenge.span is Span.TODAY else challenge.span
    given = {"span": span, "fits": fits, "at": challenge.at}
    return [f"    {name}: {value}" for name, value in given.items() if value]


def as_xlsx(whole: ChallengeSet | None = None) -> bytes:
    """Returns a set as a file of Excel."""
    content = BytesIO()
    _book(whole or example()).save(content)
    return content.getvalue()


def as_ods(whole: ChallengeSet | None = None) -> bytes:
    """Returns a set as an OpenDocument spreadsheet."""
    return ods_writer.written(_book(whole or example()))


def _book(whole: ChallengeSet) -> Workbook:
    """Returns a book of two sheets: the set with an explanation, and its challenges."""
    book = Workbook()
    _write_set(book.active, whole)
    _write_challenges(book.create_sheet(_say("template.sheet")), whole)
    return book


def _say(key: str) -> str:
    """Returns a message for a place with room for one language."""
    return message(language_of(default_tag()), key)


def _write_set(sheet: Any, whole: ChallengeSet) -> None:  # noqa: ANN401 - openpyxl has no types
    sheet.title = "Set"
    for column, width in (("A", 24), ("B", 50), ("C", 70)):
        sheet.column_dimensions[column].width = width
    sheet["A1"] = _say("template.heading")
    sheet["C1"] = in_every_language("template.hello", "\n\n")
    sheet.row_dimensions[1].height = 150
    sheet.append([])
    for name, value, meaning in _set_rows(whole):
        sheet.append([name, value or None, meaning])
        sheet.cell(sheet.max_row, 2).fill = SHADE
        sheet.cell(sheet.max_row, 2).number_format = "@"
        _keep_text(sheet.cell(sheet.max_row, 2))
    sheet.append([])
    second = in_every_language("template.second_sheet", BESIDE)
    sheet.append([_say("template.columns"), None, second])
    for names, meaning in _column_hints():
        sheet.append([names, None, meaning])
    for row in sheet.iter_rows():
        row[0].font = LARGE if row[0].row == 1 else BOLD
        for cell in row:
            cell.alignment = WRAP


def _write_challenges(sheet: Any, whole: ChallengeSet) -> None:  # noqa: ANN401 - as above
    shown = _columns_of(whole)
    sheet.append(list(shown))
    for challenge in whole.challenges:
        sheet.append([value if value != "" else None for value in row_of(challenge, shown)])
    sheet.freeze_panes = "B2"
    for column, name in enumerate(shown, 1):
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = WIDTHS.get(name, WIDE)
        sheet.cell(1, column).font, sheet.cell(1, column).fill = BOLD, SHADE
        for row in range(2, len(whole.challenges) + EMPTY_ROWS + 2):
            _shape(sheet.cell(row, column), name)
        if name in NUMBERS:
            _bound(sheet, letter, *BOUNDS[name])
        elif name in CHOICES and name not in LISTS:
            _offer(sheet, letter, CHOICES[name])


def _shape(cell: Any, name: str) -> None:  # noqa: ANN401 - as above
    cell.alignment = WRAP
    if name not in NUMBERS:
        cell.number_format = "@"  # or Excel makes a date of 1-2
        _keep_text(cell)


def _keep_text(cell: Any) -> None:  # noqa: ANN401 - as above
    """Keeps a text that begins with an equals sign from becoming a formula."""
    if cell.data_type == "f":
        cell.data_type = "s"


def _bound(sheet: Any, letter: str, least: int, most: int) -> None:  # noqa: ANN401 - as above
    rule = DataValidation(
        type="whole",
        operator="between",
        formula1=str(least),
        formula2=str(most),
        allow_blank=True,
    )
    rule.error = in_every_language("template.whole_number", " ", least=least, most=most)
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{MAX_CHALLENGES + 1}")


def _offer(sheet: Any, letter: str, choices: Sequence[str]) -> None:  # noqa: ANN401 - as above
    """Gives the cells of a column a menu of what belongs in them."""
    rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{MAX_CHALLENGES + 1}")


class Write(Protocol):
    """Writes a set as one kind of file; the example where none is given."""

    def __call__(self, whole: ChallengeSet | None = None) -> bytes:
        """Returns the file."""
        ...


KINDS: Mapping[str, Write] = {
    "xlsx": as_xlsx,
    "ods": as_ods,
    "csv": as_csv,
    "yaml": as_yaml,
}

"""An example to begin a set of one's own with, as a file of each kind."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from bot.core.challenge import Challenge, ChallengeSet, ChallengeText, Title
from bot.set_files.table import COLUMNS

SCHEMA = "challenge-set.schema.json"
EXAMPLE = ChallengeSet(
    set="mijn-set",
    title=Title(nl="Mijn set", en="My set"),
    source="",
    challenges=(
        Challenge(
            id="een-open-vraag",
            minutes=5,
            daring=1,
            nl=ChallengeText(
                task="Stel vandaag één open vraag aan iemand die je nog niet goed kent.",
                why="Wie vraagt, hoort iets nieuws.",
                reflect="Wat hoorde je dat je nog niet wist?",
            ),
            en=ChallengeText(
                task="Ask one open question today to someone you do not know well yet.",
                why="Whoever asks, hears something new.",
                reflect="What did you hear that you did not know yet?",
            ),
        ),
        Challenge(
            id="naar-buiten",
            minutes=30,
            daring=2,
            nl=ChallengeText(
                task="Ga een half uur naar een plek waar jouw werk over gaat, en kijk alleen maar.",
                why="Buiten zie je wat niet in een stuk staat.",
                reflect="Wat zag je dat op papier anders leek?",
            ),
            en=ChallengeText(
                task="Go to a place that your work is about for half an hour, and only look.",
                why="Outside you see what no memo tells.",
                reflect="What did you see that looked different on paper?",
            ),
        ),
        Challenge(
            id="een-gewaagd-idee",
            minutes=15,
            daring=3,
            nl=ChallengeText(
                task="Leg in een overleg één idee op tafel waarvan je niet zeker bent.",
                reflect="Wat gebeurde er toen je het zei?",
            ),
            en=ChallengeText(
                task="Put one idea that you are not sure of on the table in a meeting.",
                reflect="What happened when you said it?",
            ),
        ),
    ),
)
OF_THE_SET = (
    ("set", EXAMPLE.set, "de naam, voor altijd: a-z, 0-9 en '-' · the name, for ever"),
    ("title_nl", EXAMPLE.title.nl, "zo heet de set in het Nederlands · its title in Dutch"),
    ("title_en", EXAMPLE.title.en, "en in het Engels · and in English"),
    ("source", EXAMPLE.source, "waar de ideeën vandaan komen; mag leeg · where they come from"),
)
ABOUT = (
    ("id", "uniek binnen de set, voor altijd: a-z, 0-9 en '-' · unique, for ever"),
    ("minutes", "zoveel minuten kost het, 1 tot 240 · the minutes it takes"),
    ("daring", "zoveel lef vraagt het, 1 tot 3 · how much nerve it takes"),
    ("task_nl, task_en", "wat iemand doet, 10 tot 600 tekens · what to do"),
    ("why_nl, why_en", "waarom dat iets oplevert, hoogstens 300; mag leeg · why it is worth it"),
    ("reflect_nl, reflect_en", "de vraag achteraf, 10 tot 200 tekens · the question afterwards"),
)
HELLO = (
    "Vul hieronder in wat jouw set is. De uitdagingen staan op het tweede blad, één op een rij. "
    "Schrijf platte tekst: geen opmaak, geen formules, geen samengevoegde cellen. Begint een tekst "
    "met een apostrof ('s Ochtends), typ er dan twee, want Excel eet de eerste op.\n\n"
    "Fill in below what your set is. The challenges are on the second sheet, one a row. Write "
    "plain text: no markup, no formulas, no merged cells. Where a text begins with an apostrophe, "
    "type two, for Excel swallows the first."
)
EMPTY_ROWS = 60
WIDTHS = {"id": 22, "minutes": 9, "daring": 9}
WIDE = 44
BOLD = Font(bold=True)
LARGE = Font(bold=True, size=16)
SHADE = PatternFill("solid", start_color="DDEBDA")
WRAP = Alignment(wrap_text=True, vertical="top")


def row_of(challenge: Challenge) -> list[str | int]:
    """The cells of a challenge, in the order of `COLUMNS`."""
    given = challenge.model_dump()
    return [
        given[path[0]] if len(path) == 1 else given[path[0]][path[1]] for path in COLUMNS.values()
    ]


def as_csv() -> bytes:
    """For Excel in the Netherlands: semicolons, and a mark that says it is UTF-8."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for name, value, hint in OF_THE_SET:
        writer.writerow([f"# {name}: {value}"])
        writer.writerow([f"#   {hint.replace(':', ',')}"])
    for name, hint in ABOUT:
        writer.writerow([f"# {name} = {hint.replace(':', ',')}"])
    writer.writerow(COLUMNS)
    writer.writerows(row_of(challenge) for challenge in EXAMPLE.challenges)
    return text.getvalue().encode("utf-8-sig")


def as_yaml() -> bytes:
    """With a line that tells an editor which fields there are."""
    hints = {name: hint for name, _, hint in OF_THE_SET}
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        f"set: {EXAMPLE.set}  # {hints['set']}",
        f'title: {{nl: "{EXAMPLE.title.nl}", en: "{EXAMPLE.title.en}"}}',
        f'source: "{EXAMPLE.source}"  # {hints["source"]}',
        *(f"# {name}: {hint}" for name, hint in ABOUT),
        "challenges:",
    ]
    for challenge in EXAMPLE.challenges:
        lines += [f"  - id: {challenge.id}"]
        lines += [f"    minutes: {challenge.minutes}", f"    daring: {challenge.daring}"]
        for language, text in (("nl", challenge.nl), ("en", challenge.en)):
            lines += [f"    {language}:"]
            lines += [f'      {name}: "{said}"' for name, said in text.model_dump().items() if said]
    return ("\n".join(lines) + "\n").encode()


def as_xlsx() -> bytes:
    """Two sheets: the set with an explanation, and its challenges."""
    book = Workbook()
    _write_set(book.active)
    _write_challenges(book.create_sheet("Uitdagingen"))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _write_set(sheet: Any) -> None:  # noqa: ANN401 - openpyxl has no types
    sheet.title = "Set"
    for column, width in (("A", 24), ("B", 50), ("C", 70)):
        sheet.column_dimensions[column].width = width
    sheet["A1"], sheet["C1"] = "Een set met uitdagingen", HELLO
    sheet.row_dimensions[1].height = 150
    sheet.append([])
    for name, value, hint in OF_THE_SET:
        sheet.append([name, value or None, hint])
        sheet.cell(sheet.max_row, 2).fill = SHADE
        sheet.cell(sheet.max_row, 2).number_format = "@"
    sheet.append([])
    sheet.append(["Kolommen", None, "op het blad Uitdagingen · on the second sheet"])
    for name, hint in ABOUT:
        sheet.append([name, None, hint])
    for row in sheet.iter_rows():
        row[0].font = LARGE if row[0].row == 1 else BOLD
        for cell in row:
            cell.alignment = WRAP


def _write_challenges(sheet: Any) -> None:  # noqa: ANN401 - as above
    sheet.append(list(COLUMNS))
    for challenge in EXAMPLE.challenges:
        sheet.append([value if value != "" else None for value in row_of(challenge)])
    sheet.freeze_panes = "B2"
    for column, name in enumerate(COLUMNS, 1):
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = WIDTHS.get(name, WIDE)
        sheet.cell(1, column).font, sheet.cell(1, column).fill = BOLD, SHADE
        for row in range(2, len(EXAMPLE.challenges) + EMPTY_ROWS + 2):
            _shape(sheet.cell(row, column), name)
    _bound(sheet, "B", 240)
    _bound(sheet, "C", 3)


def _shape(cell: Any, name: str) -> None:  # noqa: ANN401 - as above
    cell.alignment = WRAP
    if name not in {"minutes", "daring"}:
        cell.number_format = "@"  # or Excel makes a date of 1-2


def _bound(sheet: Any, letter: str, most: int) -> None:  # noqa: ANN401 - as above
    rule = DataValidation(
        type="whole", operator="between", formula1="1", formula2=str(most), allow_blank=True
    )
    rule.error = f"Een heel getal van 1 tot {most}. A whole number, 1 to {most}."
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}501")


KINDS: dict[str, Callable[[], bytes]] = {"xlsx": as_xlsx, "csv": as_csv, "yaml": as_yaml}

"""Challenge sets as rows and columns, whatever program wrote them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.challenge import MAX_CHALLENGES
from bot.set_files.validation import Fault, ParsedFile, Path, closest_match, printable

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "minutes": ("minutes",),
    "daring": ("daring",),
    **{
        f"{part}_{language}": (language, part)
        for language in ("nl", "en")
        for part in ("task", "why", "reflect")
    },
}
MAY_LACK = {"why_nl", "why_en"}
NUMBERS = {"minutes", "daring"}
SET_FIELDS: dict[str, tuple[str, ...]] = {
    "set": ("set",),
    "title_nl": ("title", "nl"),
    "title_en": ("title", "en"),
    "source": ("source",),
}
MAX_COLUMNS = 50
MAX_ABOVE = 1000  # rows of explanation above the headers
# A new line within a cell is there to be read, as in `>-` of YAML; the text goes on.
NEW_LINE = re.compile(r"[ \t\xa0]*[\r\n\t\v\f\x85\u2028\u2029]\s*")
WHOLE = re.compile(r"'?\+?([0-9]{1,9})(?:[.,]0+)?")
# What Excel writes where a formula failed, in Dutch and in English.
ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
        *("#N/B", "#VERW!", "#WAARDE!", "#NAAM?", "#DEEL/0!", "#GETAL!", "#LEEG!", "#OVERLOOP!"),
        "#BEREKENEN!",
    }
)


@dataclass(frozen=True, slots=True)
class UnusableCell:
    """A cell that holds no text or number, but something that `kind` of fault tells."""

    kind: str


Value = str | int | float | bool | UnusableCell | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells.

    Attributes:
        line: the line in the file where it begins.
        number: the number that a spreadsheet shows beside it.
        cells: what is in it, from column A.
    """

    line: int
    number: int
    cells: Sequence[Value]


@dataclass(slots=True)
class Table:
    """What was read so far of the rows of a file; `written` tells it all."""

    given: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=lambda: {(): 1})
    names: dict[Path, str] = field(default_factory=dict)
    faults: list[tuple[Path, Fault]] = field(default_factory=list)
    lacking: dict[str, Fault] = field(default_factory=dict)
    headed: bool = False
    count: int = 0

    def written(self) -> ParsedFile:
        """All that the rows said."""
        if not self.headed:
            self.wrong(("challenges",), 1, "file", "no_columns", columns=", ".join(COLUMNS))
        elif self.count > MAX_CHALLENGES:
            line = self.lines[("challenges",)]
            most = {"length": self.count, "max_length": MAX_CHALLENGES}
            self.wrong((), line, "challenges", "too_long", **most)
        return ParsedFile(self.given, self.lines, self.names, self.faults)

    def read(self, rows: Iterable[Row], sheet: str = "") -> None:
        """Reads a sheet: the set's own fields, then a row of headers and a row a challenge.

        Args:
            rows: all of them.
            sheet: what stands before the name of a cell, for a file with more than one sheet.
        """
        challenge: Callable[[Row], None] | None = None
        above = 0
        for row in rows:
            if self.count > 2 * MAX_CHALLENGES:
                self.count += 1  # they are counted, and nothing else
                continue
            cells = trimmed(row.cells)
            if not cells:
                continue
            row = Row(row.line, row.number, cells)
            if challenge is not None:
                challenge(row)
            elif headers := _headers(cells):
                challenge = self._below(headers, row, sheet)
            elif above < MAX_ABOVE:
                above += 1
                self._of_the_set(row, sheet)

    def wrong(self, path: Path, line: int, where: str, kind: str, **details: object) -> None:
        """Something is wrong that the model of a set cannot see."""
        self.faults.append((path, Fault(line, where, kind, details)))

    def _of_the_set(self, row: Row, sheet: str) -> None:
        """`# set: name` in a cell, or `set` and `name` in two; anything else is explanation."""
        name, value, column = _set_field(row.cells)
        key = header(name)
        where = f"{sheet}{cell_name(column, row.number)} ({printable(name)})"
        if key not in SET_FIELDS:
            likely = (
                closest_match(key, list(SET_FIELDS)) if value is not None and len(name) < 20 else ""
            )
            if likely and key not in COLUMNS:
                told = {"name": printable(name), "meant": likely}
                self.wrong((key,), row.line, where, "unknown_with_hint", **told)
            return
        path = SET_FIELDS[key]
        self.lines[path], self.names[path] = row.line, where
        self.lines.setdefault(path[:1], row.line)
        holder = self.given.setdefault(path[0], {}) if len(path) > 1 else self.given
        if path[-1] in holder:
            self.wrong(path, row.line, where, "double_field")
        self._put(holder, path, (key, value))

    def _below(self, headers: Mapping[int, str], row: Row, sheet: str) -> Callable[[Row], None]:
        """Reads the row of headers; returns what reads the rows under it."""
        if self.headed:
            where = f"{sheet}{cell_name(0, row.number)}"
            self.wrong((), row.line, where, "two_tables")
            return lambda row: None
        self.headed = True
        self.lines["challenges",] = row.line
        self.given["challenges"] = []
        self._check_headers(headers, row, sheet)
        places = {name: column for column, name in reversed([*headers.items()]) if name in COLUMNS}
        return lambda below: self._challenge(below, places, set(headers), sheet)

    def _check_headers(self, headers: Mapping[int, str], row: Row, sheet: str) -> None:
        seen: set[str] = set()
        for column, name in headers.items():
            where = f"{sheet}{cell_name(column, row.number)} ({printable(name)})"
            if name not in COLUMNS:
                likely = closest_match(name, list(COLUMNS))
                kind = "unknown_with_hint" if likely else "unknown"
                self.wrong((), row.line, where, kind, name=printable(name), meant=likely)
            elif name in seen:
                self.wrong((), row.line, where, "double_field")
            seen.add(name)
        for name in COLUMNS:
            if name not in seen and name not in MAY_LACK:
                where = f"{sheet}{cell_name(0, row.number)}"
                self.lacking[name] = Fault(row.line, f"{where} ({name})", "missing_column")
        self.faults += [((), told) for told in self.lacking.values()]
        if len(row.cells) > MAX_COLUMNS:
            self.wrong((), row.line, "file", "too_many_columns", most=MAX_COLUMNS)

    def _challenge(self, row: Row, places: Mapping[str, int], headed: set[int], sheet: str) -> None:
        self.count += 1
        if self.count > MAX_CHALLENGES:
            return
        self._check_outside(row, headed, sheet)
        at: Path = ("challenges", self.count - 1)
        self.lines[at] = row.line
        challenge: dict[str, Any] = {"nl": {}, "en": {}}
        self.given["challenges"].append(challenge)
        self.faults += [((*at, *COLUMNS[name]), told) for name, told in self.lacking.items()]
        for name, path in COLUMNS.items():
            column = places.get(name)
            if column is None:  # told at the headers, and not for each row
                continue
            self.names[(*at, *path)] = f"{sheet}{cell_name(column, row.number)} ({name})"
            holder = challenge[path[0]] if len(path) > 1 else challenge
            cell = row.cells[column] if column < len(row.cells) else None
            self.lines[(*at, *path)] = row.line
            self._put(holder, (*at, *path), (name, cell))

    def _check_outside(self, row: Row, headed: set[int], sheet: str) -> None:
        for column, cell in enumerate(row.cells[:MAX_COLUMNS]):
            if not (cell is None or isinstance(cell, UnusableCell) or column in headed):
                where = f"{sheet}{cell_name(column, row.number)}"
                self.wrong((), row.line, where, "outside")
                return

    def _put(self, holder: dict[str, Any], path: Path, cell: tuple[str, Value]) -> None:
        """Puts what is in a cell of column `name` where it belongs, or tells what is odd in it."""
        name, value = cell
        if isinstance(value, UnusableCell):
            self.wrong(path, self.lines[path], self.names[path], value.kind)
        elif value is not None:
            holder[str(path[-1])] = _number(value) if name in NUMBERS else _text(name, value)


def _headers(cells: Sequence[Value]) -> dict[int, str]:
    """The header of each column that has one; empty when this is no row of headers."""
    found = {
        column: header(cell)
        for column, cell in enumerate(cells[:MAX_COLUMNS])
        if isinstance(cell, str) and not (column == 0 and cell.startswith("#"))
    }
    known = sum(name in COLUMNS for name in found.values())
    return found if known >= 2 and known * 2 >= min(len(found), len(COLUMNS)) else {}


def header(text: str) -> str:
    """`Task NL ` and `task-nl` are `task_nl`."""
    words = re.sub(r"[\s._()/-]+", "_", text.strip().lower().lstrip("#").strip())
    return words.strip("_")


def _set_field(cells: Sequence[Value]) -> tuple[str, Value, int]:
    """The name of one of the set's own fields, its value, and the value's column."""
    first = cells[0] if isinstance(cells[0], str) else ""
    if not first.startswith("#"):
        return first, cells[1] if len(cells) > 1 else None, 1
    name, _, value = first[1:].partition(":")
    if value.strip():
        return name.strip(), _unquoted(value), 0
    return name.strip(), cells[1] if len(cells) > 1 else None, 1


def _unquoted(value: str) -> str:
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def trimmed(cells: Sequence[Value]) -> list[Value]:
    """The cells as far as there is something in them; None where there is nothing."""
    found = [_clean(cell) for cell in cells]
    while found and found[-1] is None:
        found.pop()
    return found


def _clean(cell: Value) -> Value:
    if not isinstance(cell, str):
        return cell
    text = NEW_LINE.sub(" ", cell).strip()
    if text in ERRORS:
        return UnusableCell("cell_error")
    return text or None


def _number(value: Value) -> object:
    """5, "5", 5.0, "5,0" and "'5" are five; anything else is told by the model."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (found := WHOLE.fullmatch(value)):
        return int(found[1])
    return value


def _text(name: str, value: Value) -> object:
    """Numbers in a cell of text are text; before a name an apostrophe says just that."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return str(_number(value))
    return value.removeprefix("'") if name in {"id", "set"} and isinstance(value, str) else value


def cell_name(column: int, row: int) -> str:
    """`D7`, of a column from 0 and a row from 1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"

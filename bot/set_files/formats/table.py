"""Reads challenge sets from rows and columns, whatever program wrote them."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.core.challenges.challenge import MAX_CHALLENGES
from bot.languages import registry
from bot.set_files.columns import (
    NUMBERS,
    Columns,
    Path,
    columns,
    further_languages,
    may_lack,
    normalized_header,
    set_field_path,
    set_fields,
)
from bot.set_files.validation import Fault, ParsedFile, closest_match, printable

MAX_COLUMNS = 50
MAX_ABOVE = 1000  # rows of explanation above the headers
MAX_COUNTED = 2 * MAX_CHALLENGES
# A new line within a cell is there to be read, as in `>-` of YAML; the text goes on.
# From the first of the spaces before it only, or many spaces would take the square of their number.
NEW_LINE = re.compile(r"(?<![ \t\xa0])[ \t\xa0]*[\r\n\t\v\f\x85\u2028\u2029]\s*")
WHOLE = re.compile(r"'?\+?([0-9]{1,9})(?:[.,]0+)?")


@dataclass(frozen=True, slots=True)
class UnusableCell:
    """A cell that holds neither text nor a number.

    Attributes:
        kind: the kind of fault that says what it holds.
    """

    kind: str


Value = str | int | float | bool | UnusableCell | None


class Row(NamedTuple):
    """A row of cells; a tuple, because a hostile file has half a million.

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
    """The set as far as its rows have been read; `parsed` returns it.

    Attributes:
        content: the set as plain mappings, lists and scalars.
        lines: the line of each path.
        names: the cell of each path.
        faults: what is wrong that the model of a set cannot see, with its path.
        lacking: the fault of each column that is missing.
        columns: the columns of the table, with the languages that its headers name.
        headed: whether the row of headers has been read.
        count: how many challenges have been counted.
    """

    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=lambda: {(): 1})
    names: dict[Path, str] = field(default_factory=dict)
    faults: list[tuple[Path, Fault]] = field(default_factory=list)
    lacking: dict[str, Fault] = field(default_factory=dict)
    columns: Columns = field(default_factory=columns)
    headed: bool = False
    count: int = 0

    def parsed(self) -> ParsedFile:
        """Returns everything that the rows hold."""
        if not self.headed:
            names = ", ".join(columns())
            self.add_fault(("challenges",), 1, "file", "no_columns", columns=names)
        elif self.count > MAX_CHALLENGES:
            line = self.lines[("challenges",)]
            lengths = {"length": min(self.count, MAX_COUNTED), "max_length": MAX_CHALLENGES}
            kind = "far_too_long" if self.count > MAX_COUNTED else "too_long"
            self.add_fault((), line, "challenges", kind, **lengths)
        return ParsedFile(self.content, self.lines, self.names, self.faults)

    def read(self, rows: Iterable[Row], sheet: str = "") -> None:
        """Reads a sheet: the set's own fields, then a row of headers and a row a challenge.

        Args:
            rows: all of them.
            sheet: what stands before the name of a cell, for a file with more than one sheet.
        """
        read_challenge: Callable[[Row], None] | None = None
        above = 0
        for row in rows:
            if self.count > MAX_COUNTED:
                break  # whoever wants to know how many more, has the file
            if read_challenge is None and above == MAX_ABOVE and len(row.cells) < 2:
                continue  # too far down for explanation, too short for headers
            cells = trimmed(row.cells)
            if not cells:
                continue
            row = Row(row.line, row.number, cells)
            if read_challenge is not None:
                read_challenge(row)
            elif headers := _headers(cells):
                read_challenge = self._read_headers(headers, row, sheet)
            elif above < MAX_ABOVE:
                above += 1
                self._read_set_field(row, sheet)

    def add_fault(self, path: Path, line: int, where: str, kind: str, **details: object) -> None:
        """Records a fault that the model of a set cannot see."""
        self.faults.append((path, Fault(line, where, kind, details)))

    def _read_set_field(self, row: Row, sheet: str) -> None:
        """Reads `# set: name` in a cell, or `set` and `name` in two; all else is explanation."""
        name, value, column = _set_field(row.cells)
        key = normalized_header(name)
        where = f"{sheet}{cell_name(column, row.number)} ({printable(name)})"
        path = set_field_path(key)
        if path is None:
            is_short = value is not None and len(name) < 20
            likely = closest_match(key, list(set_fields())) if is_short else ""
            if likely and key not in columns():
                hint = {"name": printable(name), "meant": likely}
                self.add_fault((key,), row.line, where, "unknown_with_hint", **hint)
            return
        self.lines[path], self.names[path] = row.line, where
        self.lines.setdefault(path[:1], row.line)
        holder = self.content.setdefault(path[0], {}) if len(path) > 1 else self.content
        if path[-1] in holder:
            self.add_fault(path, row.line, where, "double_field")
        self._put(holder, path, (key, value))

    def _read_headers(
        self, headers: Mapping[int, str], row: Row, sheet: str
    ) -> Callable[[Row], None]:
        """Reads the row of headers; returns the function that reads a row under it."""
        if self.headed:
            where = f"{sheet}{cell_name(0, row.number)}"
            self.add_fault((), row.line, where, "two_tables")
            return lambda row: None
        self.headed = True
        self.lines["challenges",] = row.line
        self.content["challenges"] = []
        self.columns = columns(further_languages(headers.values()))
        self._check_headers(headers, row, sheet)
        places = {
            name: column for column, name in reversed([*headers.items()]) if name in self.columns
        }
        return lambda below: self._read_challenge(below, places, set(headers), sheet)

    def _check_headers(self, headers: Mapping[int, str], row: Row, sheet: str) -> None:
        seen: set[str] = set()
        for column, name in headers.items():
            where = f"{sheet}{cell_name(column, row.number)} ({printable(name)})"
            if name not in self.columns:
                likely = closest_match(name, list(self.columns))
                kind = "unknown_with_hint" if likely else "unknown"
                self.add_fault((), row.line, where, kind, name=printable(name), meant=likely)
            elif name in seen:
                self.add_fault((), row.line, where, "double_field")
            seen.add(name)
        for name, path in self.columns.items():
            if name not in seen and not may_lack(path):
                where = f"{sheet}{cell_name(0, row.number)}"
                self.lacking[name] = Fault(row.line, f"{where} ({name})", "missing_column")
        self.faults += [((), fault) for fault in self.lacking.values()]
        if len(row.cells) > MAX_COLUMNS:
            self.add_fault((), row.line, "file", "too_many_columns", most=MAX_COLUMNS)

    def _read_challenge(
        self, row: Row, places: Mapping[str, int], headed: set[int], sheet: str
    ) -> None:
        self.count += 1
        if self.count > MAX_CHALLENGES:
            return
        self._check_outside(row, headed, sheet)
        at: Path = ("challenges", self.count - 1)
        self.lines[at] = row.line
        challenge: dict[str, Any] = {tag: {} for tag in registry.tags()}
        self.content["challenges"].append(challenge)
        self.faults += [((*at, *self.columns[name]), fault) for name, fault in self.lacking.items()]
        for name, path in self.columns.items():
            column = places.get(name)
            if column is None:  # a fault of the headers, and not of each row
                continue
            self.names[(*at, *path)] = f"{sheet}{cell_name(column, row.number)} ({name})"
            cell = row.cells[column] if column < len(row.cells) else None
            self.lines[(*at, *path)] = row.line
            if cell is not None:  # a row without any text in a further language lacks it
                holder = challenge.setdefault(path[0], {}) if len(path) > 1 else challenge
                self._put(holder, (*at, *path), (name, cell))

    def _check_outside(self, row: Row, headed: set[int], sheet: str) -> None:
        for column, cell in enumerate(row.cells[:MAX_COLUMNS]):
            if not (cell is None or isinstance(cell, UnusableCell) or column in headed):
                where = f"{sheet}{cell_name(column, row.number)}"
                self.add_fault((), row.line, where, "outside")
                return

    def _put(self, holder: dict[str, Any], path: Path, cell: tuple[str, Value]) -> None:
        """Puts the value of a cell, with its column's name, where it belongs, or adds its fault."""
        name, value = cell
        if isinstance(value, UnusableCell):
            self.add_fault(path, self.lines[path], self.names[path], value.kind)
        elif value is not None:
            holder[str(path[-1])] = _number(value) if name in NUMBERS else _text(name, value)


def _headers(cells: Sequence[Value]) -> dict[int, str]:
    """Returns the header of each column that has one; nothing when this is no row of headers."""
    headers = {
        column: normalized_header(cell)
        for column, cell in enumerate(cells[:MAX_COLUMNS])
        if isinstance(cell, str) and not (column == 0 and cell.startswith("#"))
    }
    if len(headers) < 2:
        return {}
    all_columns = columns(further_languages(headers.values()))
    known = sum(name in all_columns for name in headers.values())
    return headers if known >= 2 and known * 2 >= min(len(headers), len(all_columns)) else {}


def _set_field(cells: Sequence[Value]) -> tuple[str, Value, int]:
    """Returns the name of a field of the set, its value, and the value's column."""
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
    """Returns the cells up to the last one with something in it; None where there is nothing."""
    # Once for the row: a hostile file has half a million cells in one.
    errors = frozenset().union(*(spoken.spreadsheet_errors for spoken in registry.languages()))
    filled = [_clean(cell, errors) for cell in cells]
    while filled and filled[-1] is None:
        filled.pop()
    return filled


def _clean(cell: Value, errors: Collection[str]) -> Value:
    if not isinstance(cell, str):
        return cell
    text = (cell if cell.isprintable() else NEW_LINE.sub(" ", cell)).strip()
    if text in errors:
        return UnusableCell("cell_error")
    return text or None


def _number(value: Value) -> object:
    """Returns a whole number for 5, "5", 5.0, "5,0" and "'5"; the model judges anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (match := WHOLE.fullmatch(value)):
        return int(match[1])
    return value


def _text(name: str, value: Value) -> object:
    """Returns a number in a cell of text as text; an apostrophe before a name marks it as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return str(_number(value))
    return value.removeprefix("'") if name in {"id", "set"} and isinstance(value, str) else value


def cell_name(column: int, row: int) -> str:
    """Returns the name of a cell, such as `D7`, from its column (from 0) and row (from 1)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"

"""The board as an SVG: the drop of the team, and a small drop for each week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate

from bot.core.streaks.team_board import FIRST_REACH, GROWTH, Board, TeamWeek, WeekMark
from bot.pictures import drop

UNIT = 100  # half the height of the drop that the others are scaled copies of
EVERY = 3  # a third of the points: nobody sees the difference at this size
FULL, HEART = 150.0, (150.0, 210.0)  # the dashed outline, in a picture of 300 by 320
GAP = 5.0  # rings nearer to each other would run together
PER_ROW = FIRST_REACH  # a quarter of a year
CELL, ROW = 40, 96
WEEK_FOOT, WEEK_FULL = 80.0, 20.0
KEY_FOOT = 44.0


@dataclass(frozen=True, slots=True)
class Drop:
    """The team's drop, as copies of `path`: the dashed outline, and the rings, largest first."""

    path: str
    reach: str
    rings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of one week in the picture; `copy` is empty for what is drawn as dots."""

    mark: WeekMark
    x: float
    y: float
    copy: str


@dataclass(frozen=True, slots=True)
class Row:
    """A quarter of a year: its first and its last Monday, and its weeks."""

    first: date
    last: date
    top: int
    marks: Sequence[Mark]


@cache
def path() -> str:
    """Returns the outline of the drop of which all others are copies, as the path of an SVG."""
    points = drop.outline((0, 0), UNIT)[::EVERY]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def big_drop(board: Board) -> Drop:
    """Returns the team's drop; its area is in proportion to that of the outline."""
    per_week = drop.area_of(FULL) / board.reach
    rings: list[float] = []
    for size in reversed(board.sizes):
        scale = drop.scale_for(size * per_week)
        if not rings or rings[-1] - scale >= GAP:
            rings.append(scale)
    copies = [_copy(HEART, scale) for scale in rings]
    return Drop(path(), _copy(HEART, FULL), copies)


def rows(weeks: Sequence[TeamWeek]) -> list[Row]:
    """Returns the weeks in rows of a quarter of a year, oldest first."""
    found = []
    for n, begin in enumerate(range(0, len(weeks), PER_ROW)):
        part, top = weeks[begin : begin + PER_ROW], n * ROW
        marks = [
            _mark(week.mark, (place + 0.5) * CELL, top + WEEK_FOOT)
            for place, week in enumerate(part)
        ]
        found.append(Row(part[0].monday, part[-1].monday, top, marks))
    return found


def keys(weeks: Sequence[TeamWeek]) -> list[Mark]:
    """Returns the marks that are used, each in a picture of its own of 40 by 48."""
    used = {week.mark for week in weeks}
    return [_mark(mark, CELL / 2, KEY_FOOT) for mark in WeekMark if mark in used]


def size_by_week(board: Board) -> Mapping[date, float]:
    """Returns the size of the drop after each week that is closed, oldest first."""
    mondays = [week.monday for week in board.weeks]
    growth = (GROWTH.get(week.mark, 0.0) for week in board.weeks)
    return dict(zip(mondays, accumulate(growth), strict=True))


def _mark(mark: WeekMark, x: float, foot: float) -> Mark:
    """Returns the mark of a week that stands on (`x`, `foot`)."""
    if mark in (WeekMark.QUIET, WeekMark.RUNNING):
        return Mark(mark, x, foot - 6, "")
    area = drop.area_of(WEEK_FULL) * GROWTH.get(mark, GROWTH[WeekMark.HALF])
    scale = drop.scale_for(area)
    return Mark(mark, x, foot, _copy(drop.heart_above((x, foot), scale), scale))


def _copy(heart: drop.Point, scale: float) -> str:
    """Returns what makes a copy of the drop, as the attribute `transform` of an SVG."""
    return f"translate({heart[0]:.4g} {heart[1]:.4g}) scale({scale / UNIT:.3g})"

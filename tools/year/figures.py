"""The figures of a simulated year, a row for each kind of person."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean, median

from bot.core.challenges.nerve import BOLDEST, REMEMBERED
from bot.core.challenges.selection import THEMES_APART
from bot.core.streaks.rounds import Outcome
from bot.core.streaks.streak import streak_of
from bot.store.schema.nudges import NudgeRow
from tools.year.simulation import Life

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """What people of one kind received and did, on average unless it says otherwise.

    Attributes:
        kind: their name.
        people: how many there are.
        received: challenges in the year.
        darings: the share of each daring, 1 to 3.
        boldest_of_twelve: the most of the highest daring in any twelve in a row, of anybody.
        themes: how many different themes came.
        same_theme: the share of challenges with a theme of one of the three before.
        missed: the share of rounds that were missed.
        unsuitable: challenges that did not suit their work.
        first_repeat: after how many challenges the first came again, the median; None: after none.
        repeats: the share of challenges that had come before.
        longest: the longest streak.
        months: the number of challenges of each daring in each month.
    """

    kind: str
    people: int
    received: float
    darings: tuple[float, ...]
    boldest_of_twelve: int
    themes: float
    same_theme: float
    missed: float
    unsuitable: float
    first_repeat: float | None
    repeats: float
    longest: float
    months: tuple[Counter[int], ...]


def figures_by_kind(lives: Sequence[Life]) -> list[Figures]:
    """Returns the figures of each kind, in the order in which they come."""
    return [
        _figures(name, list(group))
        for name, group in groupby(lives, key=lambda life: life.kind.name)
    ]


def most_of_boldest(nudges: Sequence[NudgeRow]) -> int:
    """Returns the most challenges of the highest daring in any twelve in a row."""
    bold = [nudge.challenge.daring == BOLDEST for nudge in nudges]
    return max((sum(bold[first : first + REMEMBERED]) for first in range(len(bold))), default=0)


def _figures(name: str, lives: Sequence[Life]) -> Figures:
    received = [nudge for life in lives for nudge in life.nudges]
    outcomes = Counter(past.outcome for life in lives for past in life.rounds)
    darings = Counter(nudge.challenge.daring for nudge in received)
    firsts = [first for life in lives if (first := _first_repeat(life.nudges)) is not None]
    return Figures(
        kind=name,
        people=len(lives),
        received=len(received) / len(lives),
        darings=tuple(darings[daring] / len(received) for daring in (1, 2, 3)),
        boldest_of_twelve=max(most_of_boldest(life.nudges) for life in lives),
        themes=mean(len({nudge.challenge.set_name for nudge in life.nudges}) for life in lives),
        same_theme=mean(_same_theme(life.nudges) for life in lives),
        missed=outcomes[Outcome.MISSED] / outcomes.total(),
        unsuitable=sum(nudge.answer == "unsuitable" for nudge in received) / len(lives),
        first_repeat=median(firsts) if firsts else None,
        repeats=mean(_repeats(life.nudges) for life in lives),
        longest=mean(streak_of(life.rounds).longest for life in lives),
        months=tuple(
            Counter(n.challenge.daring for n in received if n.day.month == month)
            for month in range(1, MONTHS + 1)
        ),
    )


def _numbers(nudges: Sequence[NudgeRow]) -> list[int]:
    return [nudge.challenge.number for nudge in nudges]


def _first_repeat(nudges: Sequence[NudgeRow]) -> int | None:
    numbers = _numbers(nudges)
    return next((n for n, number in enumerate(numbers) if number in numbers[:n]), None)


def _repeats(nudges: Sequence[NudgeRow]) -> float:
    return 1 - len(set(_numbers(nudges))) / len(nudges) if nudges else 0.0


def _same_theme(nudges: Sequence[NudgeRow]) -> float:
    """Returns the share of challenges whose theme one of the three before had as well."""
    themes = [nudge.challenge.set_name for nudge in nudges]
    again = [theme in themes[max(n - THEMES_APART, 0) : n] for n, theme in enumerate(themes)]
    return mean(again) if again else 0.0


HEADINGS = (
    "kind",
    "people",
    "challenges a year",
    "daring 1 / 2 / 3",
    "most of daring 3 in 12",
    "themes",
    "theme of the last three again",
    "rounds missed",
    "did not suit",
    "first repeat after",
    "repeats",
    "longest streak",
)


def table(rows: Sequence[Figures]) -> str:
    """Returns the figures as a table in Markdown."""
    cells = [
        (
            row.kind,
            str(row.people),
            f"{row.received:.0f}",
            " / ".join(f"{share:.0%}" for share in row.darings),
            str(row.boldest_of_twelve),
            f"{row.themes:.1f}",
            f"{row.same_theme:.1%}",
            f"{row.missed:.0%}",
            f"{row.unsuitable:.1f}",
            "–" if row.first_repeat is None else f"{row.first_repeat:.0f}",
            f"{row.repeats:.0%}",
            f"{row.longest:.0f}",
        )
        for row in rows
    ]
    lines = [HEADINGS, ("---",) * len(HEADINGS), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

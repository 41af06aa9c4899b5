"""What is in a picture: its words, its values, and which days a heatmap shows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from bot.core.challenges.statistics import Rate
from bot.core.streaks.rounds import Outcome, Round
from bot.core.streaks.team_board import WeekMark

WEEKS = 26  # of a heatmap


@dataclass(frozen=True, slots=True)
class BoardLegend:
    """The words in the picture of a board, in the language of the reader.

    Attributes:
        title: the line above the team's name.
        streak: the words below the number of weeks in a row.
        line: the sentence for the board's phase.
        reach: what the dashed outline shows.
        weeks: the heading of the last weeks.
        marks: what each mark of a week means.
        now: this week, below its mark.
        themes: the heading of the themes.
    """

    title: str
    streak: str
    line: str
    reach: str
    weeks: str
    marks: Mapping[WeekMark, str]
    now: str
    themes: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A theme among others.

    Attributes:
        title: the theme's title.
        rate: the share that was done or tried.
        label: that share in words.
    """

    title: str
    rate: Rate
    label: str


@dataclass(frozen=True, slots=True)
class HeatmapLegend:
    """The names of the kinds of squares in a heatmap, in the member's language."""

    done: str
    tried: str
    missed: str
    joker: str
    rest: str

    @classmethod
    def names(cls) -> list[str]:
        """Returns the kinds, in the order of the legend."""
        return [field.name for field in fields(cls)]


def shown_rounds(rounds: Sequence[Round], today: date) -> list[Round]:
    """Returns the rounds that a heatmap of `today` shows: those of the last 26 weeks."""
    first = first_day(today)
    return [played for played in rounds if played.day >= first]


def first_day(today: date) -> date:
    """Returns the Monday with which a heatmap of `today` begins."""
    return today - timedelta(days=today.isoweekday() - 1, weeks=WEEKS - 1)


def kinds_of_days(rounds: Sequence[Round], jokers: Collection[date]) -> dict[date, str]:
    """Returns the kind of each day; of two rounds on a day, the kind that the legend has first.

    Args:
        rounds: those that are open are left out.
        jokers: the days of the missed rounds that the joker forgave.
    """
    best_last = HeatmapLegend.names()[::-1].index
    closed = [played for played in rounds if played.outcome is not Outcome.OPEN]
    days = [(played.day, _kind(played, jokers)) for played in closed]
    return dict(sorted(days, key=lambda day: best_last(day[1])))


def _kind(played: Round, jokers: Collection[date]) -> str:
    if played.outcome is Outcome.MISSED and played.day in jokers:
        return "joker"
    return "rest" if played.outcome is Outcome.NEUTRAL else played.outcome.value


def months_shown(first: date) -> list[tuple[int, int]]:
    """Returns above which weeks of a heatmap a month's name fits, as (week, month) from (0, 1).

    Args:
        first: the Monday with which it begins.
    """
    shown: list[tuple[int, int]] = []
    for week in range(WEEKS - 1):
        monday = first + timedelta(weeks=week)
        if monday.day <= 7 and (not shown or week - shown[-1][0] >= 3):
            shown.append((week, monday.month))
    return shown

"""A team's weeks: how many took part, in words; the streak they form, and the drop they grow.

The privacy rules for leads and groups are here. Of a week that is over only a `WeekMark` is kept:
it comes from a count with noise, once, when the week is closed. A week with fewer members than the
minimum has none, and neither has the week that runs. All that a `Board` shows follows from marks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import accumulate

from bot.core.streaks.rounds import COUNTS, NudgeFact

WEEK = timedelta(weeks=1)
WEEKS_BACK = 12  # how many weeks the board shows one by one, and looks for themes in
MIN_GROUP_SIZE = 5  # how many members need to have had a round before a week has figures
SMALLEST_GROUP = 4  # the least that an operator can make of that
FIRST_REACH = 13  # a quarter of a year: the first size the drop grows towards
ENDS_STREAK = 2  # how many weeks below in a row


class WeekMark(StrEnum):
    """What is kept and shown of one week: about how many took part, or that nothing is shown.

    No mark says that all or none of the members took part.
    """

    MOST = "most"
    """About two thirds of those who had a round took part, or more."""
    HALF = "half"
    """About half of them."""
    BELOW = "below"
    """About a third of them, or fewer."""
    QUIET = "quiet"
    """Too few members had a round, so that a figure would be about persons."""
    RUNNING = "running"
    """The week is not over."""


GROWTH = {WeekMark.MOST: 1.0, WeekMark.HALF: 0.5}
"""What a week adds to the drop; a week that adds anything counts for the streak."""


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """A team's week that is over; nothing in it is about one person.

    Attributes:
        monday: the day it began.
        mark: about how many took part.
        themes: the names of the challenge sets that came to enough members in the twelve weeks up
            to its end.
    """

    monday: date
    mark: WeekMark
    themes: frozenset[str] = frozenset()


class Phase(StrEnum):
    """What a board can show, which decides its sentence; the last four are about last week."""

    NEW = "new"
    """No week is over yet."""
    SMALL = "small"
    """Weeks are over, and none of them may show a figure."""
    QUIET = "quiet"
    """Earlier weeks show figures; last week shows nothing."""
    BELOW = "below"
    HALF = "half"
    MOST = "most"


def monday_of(day: date) -> date:
    """Returns the Monday of the week that `day` is in."""
    return day - timedelta(days=day.weekday())


class Participation(StrEnum):
    """How a member counts in their team's week."""

    NO_ROUND = "no_round"
    HAD_ROUND = "had_round"
    TOOK_PART = "took_part"


def participation_of(facts: Iterable[NudgeFact], until: datetime) -> Participation:
    """Returns how a member counts in a week.

    They had a round when any nudge was delivered, also one they asked for, and took part when they
    also did or tried one. Having had a round must not depend on an answer, nor end when they become
    absent later that day: it decides whether there are figures at all, so someone who knows that a
    colleague is away could otherwise infer that colleague's answer.

    Args:
        facts: the member's nudges of that week.
        until: the end of the week; answers from that moment on do not count.
    """
    facts = list(facts)
    if not any(fact.delivered for fact in facts):
        return Participation.NO_ROUND
    took_part = any(
        fact.answer in COUNTS and fact.answered_at is not None and fact.answered_at < until
        for fact in facts
    )
    return Participation.TOOK_PART if took_part else Participation.HAD_ROUND


def mark_of(had_round: int, took_part: int, noise: int, minimum: int) -> WeekMark:
    """Returns the mark of a week that is over.

    Args:
        had_round: how many members had a round.
        took_part: how many of those did or tried a challenge.
        noise: what is added to that, from `bot.core.privacy.noise`.
        minimum: how many members must have had a round before there are figures.
    """
    if had_round < minimum:
        return WeekMark.QUIET
    shown = took_part + noise
    if 3 * shown < had_round:
        return WeekMark.BELOW
    return WeekMark.HALF if 3 * shown < 2 * had_round else WeekMark.MOST


def team_streak(marks: Iterable[WeekMark]) -> int:
    """Returns how many weeks count since the streak last ended.

    A quiet week changes nothing. A week below adds nothing, and two of them in a row end the
    streak: one alone may be the noise.

    Args:
        marks: those of the weeks that are over, oldest first.
    """
    streak = below = 0
    for mark in marks:
        if mark in GROWTH:
            streak, below = streak + 1, 0
        elif mark is WeekMark.BELOW:
            below += 1
            streak = streak if below < ENDS_STREAK else 0
    return streak


@dataclass(frozen=True, slots=True)
class Board:
    """What can be shown of a team; the picture and its words are both made from this.

    Attributes:
        team: the team's name.
        weeks: those that are over, oldest first; a week that is missing is quiet.
        minimum: how many members must have had a round before there are figures.
        today: the date in the team's time zone.
    """

    team: str
    weeks: tuple[TeamWeek, ...]
    minimum: int
    today: date

    @property
    def streak(self) -> int:
        """How many weeks count since the streak last ended."""
        return team_streak(week.mark for week in self.weeks)

    @property
    def phase(self) -> Phase:
        """What the board can show."""
        if not self.weeks:
            return Phase.NEW
        if all(week.mark is WeekMark.QUIET for week in self.weeks):
            return Phase.SMALL
        return Phase(self._marks.get(monday_of(self.today) - WEEK, WeekMark.QUIET))

    @property
    def sizes(self) -> tuple[float, ...]:
        """The drop's area after each week in which it grew, in weeks in which most took part."""
        return tuple(accumulate(GROWTH[week.mark] for week in self.weeks if week.mark in GROWTH))

    @property
    def size(self) -> float:
        """The drop's area now, in weeks in which most took part."""
        return self.sizes[-1] if self.sizes else 0.0

    @property
    def reach(self) -> int:
        """The area the drop grows towards: 13 weeks (a quarter), then twice that, and so on."""
        reach = FIRST_REACH
        while reach < self.size:
            reach *= 2
        return reach

    @property
    def themes(self) -> frozenset[str]:
        """The sets that came to enough members lately, as the newest week with figures has them."""
        since = monday_of(self.today) - WEEKS_BACK * WEEK
        recent = [week for week in self.weeks if week.monday >= since]
        shown = [week.themes for week in recent if week.mark is not WeekMark.QUIET]
        return shown[-1] if shown else frozenset()

    @property
    def recent(self) -> tuple[TeamWeek, ...]:
        """The last twelve weeks, or all since the first week; oldest first, this week last."""
        return self.last_weeks(WEEKS_BACK)

    def last_weeks(self, most: int) -> tuple[TeamWeek, ...]:
        """Returns the last `most` weeks, or all since the first; oldest first, this week last."""
        this_monday = monday_of(self.today)
        first = min((week.monday for week in self.weeks), default=this_monday)
        first = max(first, this_monday - (most - 1) * WEEK)
        mondays = [first + n * WEEK for n in range((this_monday - first) // WEEK)]
        marks = self._marks
        closed = [TeamWeek(monday, marks.get(monday, WeekMark.QUIET)) for monday in mondays]
        return (*closed, TeamWeek(this_monday, WeekMark.RUNNING))

    @property
    def _marks(self) -> dict[date, WeekMark]:
        return {week.monday: week.mark for week in self.weeks}

"""A team's weeks: which of them count, the streak they make, and the drop that grows by them.

What a lead or a group may know is decided here. A week of fewer than the minimum says nothing at
all, a week below half says only that it was below half, and the running week says one thing:
whether it counts already. Everything else in a `Board` is made of weeks that count and are over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import fsum

from bot.core.rounds import COUNTS, NudgeFact

WEEK = timedelta(weeks=1)
WEEKS_BACK = 12  # how many weeks the board shows one by one, and looks for themes in
MIN_GROUP_SIZE = 4  # how many members need to have had a round before a week has figures
FIRST_REACH = 13  # a quarter of a year: the first size the drop grows towards
HALF = 0.5


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """How a week went for a team, as counts; nobody's name.

    Attributes:
        monday: the day it began.
        had_round: the members who had a round.
        took_part: those of them who did or tried one.
        themes: the names of the challenge sets of what they did or tried.
    """

    monday: date
    had_round: int
    took_part: int
    themes: frozenset[str] = frozenset()


class WeekStatus(StrEnum):
    """What a week was for a team."""

    NEUTRAL = "neutral"
    """Nobody had a round."""
    SMALL = "small"
    """So few had a round that any figure would be about persons."""
    BELOW = "below"
    """Fewer than half took part."""
    COUNTS = "counts"
    """At least half took part."""


QUIET = frozenset({WeekStatus.NEUTRAL, WeekStatus.SMALL})  # nothing that may be told apart


class WeekMark(StrEnum):
    """What the board shows for one week."""

    GROWS = "grows"
    BELOW = "below"
    QUIET = "quiet"
    RUNNING = "running"
    """It is not over, and does not count yet."""


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """A week as the board shows it.

    Attributes:
        monday: the day it began.
        mark: what it was.
        growth: what it added to the drop, 0..1.
        running: whether it is not over yet.
    """

    monday: date
    mark: WeekMark
    growth: float
    running: bool = False


class Phase(StrEnum):
    """Which story a board tells."""

    NEW = "new"
    """There is no week yet."""
    SMALL = "small"
    """There are weeks, and there is not one of which a figure may be shown."""
    QUIET = "quiet"
    """There is something to show, but not of this week."""
    EARLY = "early"
    """Fewer than half took part so far this week."""
    COUNTS = "counts"
    """This week counts already."""


def monday_of(day: date) -> date:
    """The Monday of the week that `day` is in."""
    return day - timedelta(days=day.weekday())


class Participation(StrEnum):
    """What a member did with a week, as far as their team goes."""

    NO_ROUND = "no_round"
    HAD_ROUND = "had_round"
    TOOK_PART = "took_part"


def participation_of(facts: Iterable[NudgeFact], until: datetime) -> Participation:
    """What a member did with a week.

    They had a round when anything reached them, be it what they asked for themselves, and took part
    when they also did or tried something. Whether they had a round must not hang on an answer, nor
    end when they go away later that day: it decides whether there are figures, so whoever knows
    that a colleague is away would read the answer off that.

    Args:
        facts: their nudges of that week.
        until: the end of the week, or the present; what was answered from then on is too late.
    """
    known = list(facts)
    if not any(fact.delivered for fact in known):
        return Participation.NO_ROUND
    did = any(
        fact.answer in COUNTS and fact.answered_at is not None and fact.answered_at < until
        for fact in known
    )
    return Participation.TOOK_PART if did else Participation.HAD_ROUND


def week_status(week: TeamWeek, minimum: int) -> WeekStatus:
    """What `week` was for a team, when figures need at least `minimum` members with a round."""
    if not week.had_round:
        return WeekStatus.NEUTRAL
    if week.had_round < minimum:
        return WeekStatus.SMALL
    return WeekStatus.COUNTS if 2 * week.took_part >= week.had_round else WeekStatus.BELOW


def team_streak(weeks: Sequence[TeamWeek], minimum: int, running: TeamWeek | None = None) -> int:
    """The weeks that count, in a row.

    A neutral or a small week changes nothing. One below half ends the streak when it is over; while
    it runs it does not, and it adds one as soon as it counts.

    Args:
        weeks: those that are over, oldest first.
        minimum: how many members need to have had a round before there are figures.
        running: the week that is not over yet.
    """
    streak = 0
    for week in weeks:
        standing = week_status(week, minimum)
        if standing is WeekStatus.COUNTS:
            streak += 1
        elif standing is WeekStatus.BELOW:
            streak = 0
    return streak + (running is not None and week_status(running, minimum) is WeekStatus.COUNTS)


def growth_in_week(week: TeamWeek, minimum: int) -> float:
    """What a week that is over adds to the drop: the share that took part, if it counts.

    Nothing grows below half or below the minimum, for then the share could be read off the drop.
    """
    if week_status(week, minimum) is not WeekStatus.COUNTS:
        return 0.0
    return week.took_part / week.had_round


@dataclass(frozen=True, slots=True)
class Board:
    """What can be said and drawn of a team; the picture and its words are both made of this.

    Its fields are counts, for the rules alone; its properties are what may be shown.

    Attributes:
        team: the team's name.
        weeks: those that are over, oldest first; one that is left out is a neutral one.
        running: the week that is not over yet, if there is anything to say of it.
        minimum: how many members need to have had a round before there are figures.
        today: the team's date.
    """

    team: str
    weeks: tuple[TeamWeek, ...]
    running: TeamWeek | None
    minimum: int
    today: date

    @property
    def streak(self) -> int:
        """The weeks that count, in a row, with the running one if it does already."""
        return team_streak(self.weeks, self.minimum, self.running)

    @property
    def phase(self) -> Phase:
        """Which story to tell. A neutral week and a small one tell the same."""
        match self._running_standing:
            case WeekStatus.COUNTS:
                return Phase.COUNTS
            case WeekStatus.BELOW:
                return Phase.EARLY
        if not self.weeks:
            return Phase.NEW
        quiet = all(week_status(week, self.minimum) in QUIET for week in self.weeks)
        return Phase.SMALL if quiet else Phase.QUIET

    @property
    def sizes(self) -> tuple[float, ...]:
        """The drop's area after each week that made it grow, in weeks in which everyone took part.

        The running week adds a half as soon as it counts, and the rest when it is over; would it
        add its share at once, looking twice would tell what somebody did in between.
        """
        closed = [growth_in_week(week, self.minimum) for week in self.weeks]
        running = [HALF] if self._running_standing is WeekStatus.COUNTS else []
        grown = [growth for growth in closed + running if growth]
        return tuple(fsum(grown[: n + 1]) for n in range(len(grown)))

    @property
    def size(self) -> float:
        """The drop's area now, in weeks in which everyone took part."""
        return self.sizes[-1] if self.sizes else 0.0

    @property
    def reach(self) -> int:
        """The size the drop grows towards: a quarter of a year, then twice that, and so on."""
        reach = FIRST_REACH
        while reach < self.size:
            reach *= 2
        return reach

    @property
    def last_week(self) -> TeamWeek | None:
        """The week before this one, with its figures, if it counted."""
        if not self.weeks or self.weeks[-1].monday != monday_of(self.today) - WEEK:
            return None
        last = self.weeks[-1]
        return last if week_status(last, self.minimum) is WeekStatus.COUNTS else None

    @property
    def themes(self) -> frozenset[str]:
        """The challenge sets touched in the last twelve weeks that are over, where they counted."""
        since = monday_of(self.today) - WEEKS_BACK * WEEK
        return frozenset[str]().union(
            *(
                week.themes
                for week in self.weeks
                if week.monday >= since and week_status(week, self.minimum) is WeekStatus.COUNTS
            )
        )

    @property
    def recent(self) -> tuple[ShownWeek, ...]:
        """The last twelve weeks, or all since the first if there are fewer; this week is last."""
        this_monday = monday_of(self.today)
        known = {week.monday: week for week in self.weeks}
        first = max(min(known, default=this_monday), this_monday - (WEEKS_BACK - 1) * WEEK)
        past = (this_monday - first) // WEEK
        closed = (self._shown(first + n * WEEK, known) for n in range(past))
        return (*closed, self._shown_running(this_monday))

    @property
    def _running_standing(self) -> WeekStatus:
        if self.running is None:
            return WeekStatus.NEUTRAL
        return week_status(self.running, self.minimum)

    def _shown(self, monday: date, known: dict[date, TeamWeek]) -> ShownWeek:
        week = known.get(monday, TeamWeek(monday, 0, 0))
        standing = week_status(week, self.minimum)
        if standing in QUIET:
            return ShownWeek(monday, WeekMark.QUIET, 0.0)
        mark = WeekMark.GROWS if standing is WeekStatus.COUNTS else WeekMark.BELOW
        return ShownWeek(monday, mark, growth_in_week(week, self.minimum))

    def _shown_running(self, monday: date) -> ShownWeek:
        if self._running_standing is WeekStatus.COUNTS:
            return ShownWeek(monday, WeekMark.GROWS, HALF, running=True)
        return ShownWeek(monday, WeekMark.RUNNING, 0.0, running=True)

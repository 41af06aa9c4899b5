"""A team's weeks: which of them count, the streak they form, and the drop that grows with them.

The privacy rules for leads and groups are here. A week with fewer members than the minimum shows
nothing, a week below half shows only that it was below half, and the running week shows only
whether it counts already. All other figures of a `Board` come from weeks that count and are over.
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
    """A team's week as counts, without names.

    Attributes:
        monday: the day it began.
        had_round: how many members had a round.
        took_part: how many of those did or tried a challenge.
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
    """Fewer than the minimum had a round, so that a figure would be about persons."""
    BELOW = "below"
    """Fewer than half took part."""
    COUNTS = "counts"
    """At least half took part."""


QUIET = frozenset({WeekStatus.NEUTRAL, WeekStatus.SMALL})  # indistinguishable on the board


class WeekMark(StrEnum):
    """What the board shows for one week."""

    GROWS = "grows"
    BELOW = "below"
    QUIET = "quiet"
    RUNNING = "running"
    """The week is not over, and does not count yet."""


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """A week as the board shows it.

    Attributes:
        monday: the day it began.
        mark: its mark.
        growth: what it added to the drop's area, 0..1, in weeks in which everyone took part.
        running: whether it is not over yet.
    """

    monday: date
    mark: WeekMark
    growth: float
    running: bool = False


class Phase(StrEnum):
    """What a board can show, which decides its sentence."""

    NEW = "new"
    """No week is over, and the running one shows nothing."""
    SMALL = "small"
    """Weeks are over, and none of them may show a figure."""
    QUIET = "quiet"
    """Earlier weeks show figures; this week shows nothing."""
    EARLY = "early"
    """Fewer than half have taken part this week."""
    COUNTS = "counts"
    """This week counts already."""


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
        until: the end of the week, or the present; answers from that moment on do not count.
    """
    facts = list(facts)
    if not any(fact.delivered for fact in facts):
        return Participation.NO_ROUND
    took_part = any(
        fact.answer in COUNTS and fact.answered_at is not None and fact.answered_at < until
        for fact in facts
    )
    return Participation.TOOK_PART if took_part else Participation.HAD_ROUND


def week_status(week: TeamWeek, minimum: int) -> WeekStatus:
    """Returns the status of a week, when figures need at least `minimum` members with a round."""
    if not week.had_round:
        return WeekStatus.NEUTRAL
    if week.had_round < minimum:
        return WeekStatus.SMALL
    return WeekStatus.COUNTS if 2 * week.took_part >= week.had_round else WeekStatus.BELOW


def team_streak(weeks: Sequence[TeamWeek], minimum: int, running: TeamWeek | None = None) -> int:
    """Returns how many weeks in a row count.

    A neutral or small week changes nothing. A week below half ends the streak once it is over. The
    running week adds one as soon as it counts, and never ends the streak.

    Args:
        weeks: those that are over, oldest first.
        minimum: how many members must have had a round before there are figures.
        running: the week that is not over yet, if it has anything to show.
    """
    streak = 0
    for week in weeks:
        status = week_status(week, minimum)
        if status is WeekStatus.COUNTS:
            streak += 1
        elif status is WeekStatus.BELOW:
            streak = 0
    return streak + (running is not None and week_status(running, minimum) is WeekStatus.COUNTS)


def growth_in_week(week: TeamWeek, minimum: int) -> float:
    """Returns what a week that is over adds to the drop: the share that took part, if it counts.

    Otherwise 0.0: below half or below the minimum, the drop would reveal the share.
    """
    if week_status(week, minimum) is not WeekStatus.COUNTS:
        return 0.0
    return week.took_part / week.had_round


@dataclass(frozen=True, slots=True)
class Board:
    """What can be shown of a team; the picture and its words are both made from this.

    Its fields are counts, for the rules only; its public properties are what may be shown.

    Attributes:
        team: the team's name.
        weeks: those that are over, oldest first; a week that is missing counts as neutral.
        running: the week that is not over yet; None counts as neutral.
        minimum: how many members must have had a round before there are figures.
        today: the date in the team's time zone.
    """

    team: str
    weeks: tuple[TeamWeek, ...]
    running: TeamWeek | None
    minimum: int
    today: date

    @property
    def streak(self) -> int:
        """How many weeks in a row count, including the running week as soon as it counts."""
        return team_streak(self.weeks, self.minimum, self.running)

    @property
    def phase(self) -> Phase:
        """What the board can show; a neutral running week is treated as a small one."""
        match self._running_status:
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
        """The drop's area after each week in which it grew, in weeks in which everyone took part.

        The running week adds a half as soon as it counts, and the rest when it is over. If it added
        its share at once, looking twice would reveal what somebody did in between.
        """
        closed = [growth_in_week(week, self.minimum) for week in self.weeks]
        running = [HALF] if self._running_status is WeekStatus.COUNTS else []
        grown = [growth for growth in closed + running if growth]
        return tuple(fsum(grown[: n + 1]) for n in range(len(grown)))

    @property
    def size(self) -> float:
        """The drop's area now, in weeks in which everyone took part."""
        return self.sizes[-1] if self.sizes else 0.0

    @property
    def reach(self) -> int:
        """The area the drop grows towards: 13 weeks (a quarter), then twice that, and so on."""
        reach = FIRST_REACH
        while reach < self.size:
            reach *= 2
        return reach

    @property
    def last_week(self) -> TeamWeek | None:
        """Last week, if it counted; None: its figures may not be shown."""
        if not self.weeks or self.weeks[-1].monday != monday_of(self.today) - WEEK:
            return None
        last = self.weeks[-1]
        return last if week_status(last, self.minimum) is WeekStatus.COUNTS else None

    @property
    def themes(self) -> frozenset[str]:
        """The sets of challenges done or tried in the last twelve weeks, of weeks that counted."""
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
        """The last twelve weeks, or all since the first week; oldest first, this week last."""
        this_monday = monday_of(self.today)
        known = {week.monday: week for week in self.weeks}
        first = max(min(known, default=this_monday), this_monday - (WEEKS_BACK - 1) * WEEK)
        past = (this_monday - first) // WEEK
        closed = (self._shown(first + n * WEEK, known) for n in range(past))
        return (*closed, self._shown_running(this_monday))

    @property
    def _running_status(self) -> WeekStatus:
        if self.running is None:
            return WeekStatus.NEUTRAL
        return week_status(self.running, self.minimum)

    def _shown(self, monday: date, known: dict[date, TeamWeek]) -> ShownWeek:
        week = known.get(monday)
        if week is None or (status := week_status(week, self.minimum)) in QUIET:
            return ShownWeek(monday, WeekMark.QUIET, 0.0)
        mark = WeekMark.GROWS if status is WeekStatus.COUNTS else WeekMark.BELOW
        return ShownWeek(monday, mark, growth_in_week(week, self.minimum))

    def _shown_running(self, monday: date) -> ShownWeek:
        if self._running_status is WeekStatus.COUNTS:
            return ShownWeek(monday, WeekMark.GROWS, HALF, running=True)
        return ShownWeek(monday, WeekMark.RUNNING, 0.0, running=True)

"""The rules of rounds and streaks, as plain as docs/streak.en.md tells them.

It shares no code with `bot.core`: that is what it is compared with.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from holidays import country_holidays

DID = ("done", "tried")
LEFT = (None, "skipped", "no_occasion")
JOKER_DAYS = timedelta(days=28)
HALF_A_YEAR = timedelta(weeks=26)
HOLIDAYS = country_holidays("NL", years=range(2026, 2030))
GOOD_FRIDAYS = {date(2027, 3, 26), date(2028, 4, 14), date(2029, 3, 30)}  # only some have it off


@dataclass
class Nudge:
    """A challenge that somebody got.

    Attributes:
        round_at: the moment of its round.
        day: their local date then.
        extra: it is none of their own rounds.
        open_until: until when a challenge of this week can be done; None: it is of today.
        planned: it came at a moment of theirs, in this chat or in one that was linked.
        arrived: whether they have seen it.
        swaps: how many were swapped before it in this round.
    """

    round_at: datetime
    day: date
    extra: bool
    open_until: datetime | None
    planned: bool
    arrived: bool
    swaps: int
    answer: str | None = None
    answered_at: datetime | None = None

    def is_answered(self, answer: str, at: datetime) -> None:
        """They answer it, whatever they answered before."""
        self.answer, self.answered_at = answer, at


@dataclass
class Away:
    """Days away; without a last day until they end it. `planned`: said before it began."""

    first: date
    last: date | None
    planned: bool

    def covers(self, day: date) -> bool:
        """Returns whether they are away on this day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Figures:
    """What /streak says. `misses` are the days of missed rounds, `jokers` those it forgave."""

    current: int
    longest: int
    total: int
    jokers: tuple[date, ...]
    counted: tuple[tuple[date, str], ...]

    def joker_is_free(self, today: date) -> bool:
        """Returns whether they may miss a round today."""
        return not self.jokers or today - self.jokers[-1] >= JOKER_DAYS

    def of_half_a_year(self, today: date) -> tuple[int, int, int]:
        """Returns how many rounds were done, tried and missed."""
        recent = [how for day, how in self.counted if day > today - HALF_A_YEAR]
        return recent.count("done"), recent.count("tried"), recent.count("missed")


@dataclass
class Ledger:
    """What one member got, did and wrote.

    Attributes:
        nudges: by number.
        away: their days away.
        texts: what they wrote, by the platform's id of the message.
    """

    nudges: dict[int, Nudge] = field(default_factory=dict)
    away: list[Away] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def may_begin(self, round_at: datetime, day: date) -> bool:
        """Returns whether a round may begin: it is the first one of its day, or known already."""
        planned = [nudge for nudge in self.nudges.values() if nudge.planned]
        is_known = any(nudge.round_at == round_at for nudge in planned)
        return is_known or all(nudge.day < day for nudge in planned)

    # What people do.

    def presses(self, action: str, number: int, now: datetime) -> None:
        """They press a button about a nudge; one that is not theirs does nothing."""
        nudge = self.nudges.get(number)
        if nudge is None:
            return
        may_answer = nudge.answer is None
        match action:
            case "done" | "tried" if nudge.answer in LEFT:
                nudge.is_answered(action, now)
            case "another" if may_answer and nudge.swaps < 2:
                nudge.is_answered("swapped", now)
            case "notnow" if may_answer:
                nudge.is_answered("skipped", now)
            case "back" if nudge.answer in LEFT:
                nudge.answer = nudge.answered_at = None
            case "nooccasion" if nudge.answer in (None, "skipped"):
                nudge.is_answered("no_occasion", nudge.answered_at or now)
            case "unsuitable" if nudge.answer == "swapped":
                nudge.is_answered("unsuitable", nudge.answered_at or now)

    def discards(self, number: int, source: str | None) -> None:
        """They say that a text was not meant as a reflection, before they answered the nudge."""
        nudge = self.nudges.get(number)
        if nudge is not None and nudge.answer is None and source is not None:
            self.texts.pop(source, None)

    def goes_away(self, first: date, last: date | None, today: date) -> None:
        """They say on which days they are away."""
        away = Away(first, last, planned=first > today)
        if away.planned and away in self.away:
            return
        if not away.planned and (last is None or last >= today):
            for pause in self._running(today):
                if not pause.planned:
                    self._ends(pause, first)
        self.away.append(away)

    def resumes(self, today: date, *, leave: bool) -> None:
        """They go on: their pause ends, or their `leave` that was planned ahead."""
        for away in self._running(today):
            if leave == (away.planned and away.last is not None):
                self._ends(away, today)

    def drops(self, first: date, last: date | None, today: date) -> None:
        """They take days away back."""
        dropped = [a for a in self.away if (a.first, a.last) == (first, last)]
        if dropped and (last is None or last >= today):
            self._ends(dropped[0], today)

    def merges(self, other: "Ledger") -> None:
        """What the same person did in another chat is added."""
        days_done = {nudge.day for nudge in other.nudges.values() if nudge.answer in DID}
        for nudge in self.nudges.values():
            if nudge.day in days_done and nudge.answer not in DID:
                nudge.extra = True
        for nudge in other.nudges.values():
            nudge.extra = True
        self.nudges |= other.nudges
        known = {(away.first, away.last) for away in self.away}
        self.away += [a for a in other.away if (a.first, a.last) not in known]
        self.texts |= other.texts

    def _running(self, today: date) -> list[Away]:
        return [away for away in self.away if away.covers(today)]

    def _ends(self, away: Away, day: date) -> None:
        if away.first >= day:
            self.away.remove(away)
        else:
            away.last = day - timedelta(days=1)

    # What follows from it.

    def figures(self) -> Figures:
        """Returns what stands now."""
        current = longest = 0
        jokers: list[date] = []
        counted: list[tuple[date, str]] = []
        for day, how in self._rounds():
            if how in DID:
                current += 1
            elif how == "missed" and current and (not jokers or day - jokers[-1] >= JOKER_DAYS):
                jokers.append(day)
            elif how == "missed":
                current = 0
            longest = max(longest, current)
            counted.append((day, how))
        total = sum(how in DID for _, how in counted)
        return Figures(current, longest, total, tuple(jokers), tuple(counted))

    def _rounds(self) -> Iterable[tuple[date, str]]:
        """Returns the day of each round and how it ended, oldest first."""
        rounds: dict[tuple[datetime, bool], list[Nudge]] = {}
        for nudge in sorted(self.nudges.values(), key=lambda n: (n.round_at, n.extra)):
            rounds.setdefault((nudge.round_at, nudge.extra), []).append(nudge)
        ended = [(nudges[0], self._how(nudges, rounds)) for nudges in rounds.values()]
        counts_on = {nudge.day for nudge, how in ended if how in DID and not nudge.extra}
        for nudge, how in ended:
            if nudge.extra and how in DID:
                yield nudge.day, "neutral" if nudge.day in counts_on else how
                counts_on.add(nudge.day)
            else:
                yield nudge.day, how

    def _how(self, nudges: list[Nudge], rounds: dict[tuple[datetime, bool], list[Nudge]]) -> str:
        first = nudges[0]
        open_for = [n.open_until for n in nudges if n.open_until and n.answer != "swapped"]
        open_until = max(open_for, default=first.round_at)
        end = min(
            (
                moment
                for (moment, later_is_extra) in rounds
                if moment > first.round_at
                and moment >= open_until
                and (first.extra or not later_is_extra)
            ),
            default=None,
        )
        answers = {
            nudge.answer
            for nudge in nudges
            if nudge.answered_at is not None and (end is None or nudge.answered_at < end)
        }
        if "done" in answers:
            return "done"
        if "tried" in answers:
            return "tried"
        day_off = first.day in HOLIDAYS or first.day in GOOD_FRIDAYS
        if first.extra or day_off or any(away.covers(first.day) for away in self.away):
            return "neutral"
        if answers & {"no_occasion", "unsuitable"} or not any(n.arrived for n in nudges):
            return "neutral"
        return "missed" if "skipped" in answers or end is not None else "open"

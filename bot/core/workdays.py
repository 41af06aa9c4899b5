"""Which days count: public holidays, absence, and the hours in which nobody is disturbed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.core.rhythm import WORKWEEK, Rhythm, Weekday, at_local, local_day, next_moment

OPENS = time(7)
CLOSES = time(20)
ON_TIME = timedelta(minutes=10)
SPREAD = timedelta(minutes=5)
GOLDEN_RATIO = (1 + 5**0.5) / 2
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which a member wants no nudge and their streak rests.

    Attributes:
        first: the first day away, local.
        last: the last day away, local; None: until they say so.

    Raises:
        ValueError: `last` lies before `first`.
    """

    first: date
    last: date | None = None

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise ValueError("an absence ends on or after its first day")

    def covers(self, day: date) -> bool:
        """Whether the member is away on `day`."""
        return self.first <= day and (self.last is None or day <= self.last)


def is_public_holiday(day: date) -> bool:
    """Whether `day` is a public holiday in the Netherlands (the `holidays` package decides)."""
    return day in _public_holidays(day.year)


@cache
def _public_holidays(year: int) -> frozenset[date]:
    import holidays  # here: with its 250 countries it takes a quarter of a second to load

    return frozenset(holidays.country_holidays("NL", years=year))


def is_day_off(day: date, absences: Sequence[Absence]) -> bool:
    """Whether no nudge goes out on `day`: a public holiday, or an absence."""
    return is_public_holiday(day) or any(absence.covers(day) for absence in absences)


def is_quiet(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks in `zone` show a time at which nobody is disturbed (before 7, from 20 on)."""
    return not OPENS <= moment.astimezone(zone).time() < CLOSES


def next_round(rhythm: Rhythm, after: datetime, absences: Sequence[Absence]) -> datetime | None:
    """The first moment of `rhythm` strictly after `after` that is no day off.

    Returns:
        An aware moment in UTC; None when an absence without an end lies before it.
    """
    moment = next_moment(rhythm, after)
    while is_day_off(day := local_day(moment, rhythm.zone), absences):
        back = _first_day_back(day, absences)
        if back is None:
            return None
        midnight = at_local(back, time(0), rhythm.zone)
        moment = next_moment(rhythm, midnight - timedelta(microseconds=1))
    return moment


def next_day_at_work(rhythm: Rhythm, after: date, absences: Sequence[Absence]) -> date | None:
    """The first day after `after` on which a nudge may reach this member; None: away for good."""
    day: date | None = after + DAY
    while day is not None and not works_on(rhythm, day, absences):
        day = _first_day_back(day, absences)
    return day


def _first_day_back(day: date, absences: Sequence[Absence]) -> date | None:
    """The day after `day` and after all absences over it; None when one has no end."""
    lasts = [absence.last for absence in absences if absence.covers(day)]
    known = [last for last in lasts if last is not None]
    return None if len(known) < len(lasts) else max([day, *known]) + DAY


def works_on(rhythm: Rhythm, day: date, absences: Sequence[Absence]) -> bool:
    """Whether a nudge may reach this member on `day`: a weekday of theirs or of the office."""
    return Weekday(day.isoweekday()) in rhythm.weekdays | WORKWEEK and not is_day_off(day, absences)


def delivery_moment(
    rhythm: Rhythm, planned: datetime, now: datetime, absences: Sequence[Absence]
) -> datetime | None:
    """When a nudge that was planned, and has not gone out yet, should still go out.

    On time it goes at once. Late (the bot was down) it goes at the first hour that disturbs nobody,
    on a day on which this member works, unless their next round comes on that day anyhow.

    Args:
        rhythm: the member's rhythm.
        planned: the moment it was meant for; not after `now`.
        now: the present, aware.
        absences: the member's absences.

    Returns:
        `now`, or a later moment in UTC; None when the next round takes its place.
    """
    today = local_day(now, rhythm.zone)
    if now - planned <= ON_TIME and not (is_day_off(today, absences) or is_quiet(now, rhythm.zone)):
        return now
    coming = next_round(rhythm, now, absences)
    opening = _opening(rhythm, now, absences)
    if opening is None:
        return None
    if coming is not None and local_day(coming, rhythm.zone) <= local_day(opening, rhythm.zone):
        return None
    return opening


def spread(moment: datetime, member: int, zone: ZoneInfo) -> datetime:
    """A moment somewhat later, so that not everybody gets what they missed in the same second.

    Within `SPREAD` after `moment`, and before the hours in which nobody is disturbed begin. The
    share of that time is the member's number times the golden ratio, without the whole part, which
    lays any run of numbers out evenly (Knuth, The Art of Computer Programming 3, section 6.4).

    Args:
        moment: when a late nudge may go out, aware; within the open hours.
        member: the member's number.
        zone: where they live.
    """
    closes = at_local(local_day(moment, zone), CLOSES, zone)
    within = min(SPREAD, closes - moment)
    return moment + within * (member * GOLDEN_RATIO % 1)


def _opening(rhythm: Rhythm, now: datetime, absences: Sequence[Absence]) -> datetime | None:
    """The first moment from `now` on, on a day this member works, within the open hours."""
    today = local_day(now, rhythm.zone)
    if works_on(rhythm, today, absences) and now < at_local(today, CLOSES, rhythm.zone):
        return max(now, at_local(today, OPENS, rhythm.zone))
    day = next_day_at_work(rhythm, today, absences)
    return None if day is None else at_local(day, OPENS, rhythm.zone)

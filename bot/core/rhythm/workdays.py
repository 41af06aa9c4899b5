"""Which days and hours a nudge may go out: public holidays, absences and quiet hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from bot.core.rhythm.rhythm import (
    MINUTE,
    WORKWEEK,
    Rhythm,
    Weekday,
    at_local,
    local_day,
    next_moment,
)

OPENS = time(7)  # the quiet hours end
CLOSES = time(20)  # the quiet hours begin
ON_TIME = timedelta(minutes=10)
SPREAD = timedelta(minutes=5)
GOLDEN_RATIO = (1 + 5**0.5) / 2
DAY = timedelta(days=1)
# Good Friday, Easter Sunday and Monday, Ascension Day, Whit Sunday and Monday.
AROUND_EASTER = (-2, 0, 1, 39, 49, 50)


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which a member gets no nudge and their streak stays as it is.

    Attributes:
        first: the first day away, local.
        last: the last day away, local; None: no end is known.

    Raises:
        ValueError: `last` lies before `first`.
    """

    first: date
    last: date | None = None

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise ValueError("an absence ends on or after its first day")

    def covers(self, day: date) -> bool:
        """Returns whether the member is away on `day`."""
        return self.first <= day and (self.last is None or day <= self.last)


def is_public_holiday(day: date) -> bool:
    """Returns whether `day` is a public holiday in the Netherlands, Good Friday among them.

    Source: Algemene termijnenwet, article 3, and https://www.rijksoverheid.nl for King's Day and
    for Liberation Day, a day off once in five years. A test compares those until 2100 with the
    `holidays` package, which itself would take 15 MB and hold up everybody for 0.4 s.
    """
    return day in _public_holidays(day.year)


@cache
def _public_holidays(year: int) -> frozenset[date]:
    kings_day = date(year, 4, 27)
    fixed = {date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)}
    if kings_day.isoweekday() == Weekday.SUNDAY:
        kings_day -= DAY
    if year % 5 == 0:
        fixed.add(date(year, 5, 5))
    return frozenset({*fixed, kings_day, *(easter(year) + days * DAY for days in AROUND_EASTER)})


def is_day_off(day: date, absences: Sequence[Absence]) -> bool:
    """Returns whether no nudge goes out on `day`: a public holiday, or an absence."""
    return is_public_holiday(day) or any(absence.covers(day) for absence in absences)


def is_quiet(moment: datetime, zone: ZoneInfo) -> bool:
    """Returns whether `moment` is in the quiet hours of `zone`: before 7:00, or from 20:00 on."""
    return not OPENS <= moment.astimezone(zone).time() < CLOSES


def next_round(
    rhythm: Rhythm,
    after: datetime,
    absences: Sequence[Absence],
    last_round: date | None = None,
) -> datetime | None:
    """Returns the first moment of `rhythm` strictly after `after` that is not on a day off.

    A local day has one round, whatever changed since the last one: the time, the days, the zone.

    Args:
        rhythm: the member's rhythm.
        after: an aware moment.
        absences: the member's absences.
        last_round: the local day of their last round, in the zone of that time; None: no round yet.

    Returns:
        An aware moment in UTC; None when an absence without an end lies before it.
    """
    if last_round is not None:
        next_day = at_local(last_round + DAY, time(0), rhythm.zone)
        after = max(after, next_day - MINUTE)
    moment = next_moment(rhythm, after)
    while is_day_off(day := local_day(moment, rhythm.zone), absences):
        back = _first_day_back(day, absences)
        if back is None:
            return None
        midnight = at_local(back, time(0), rhythm.zone)
        moment = next_moment(rhythm, midnight - MINUTE)
    return moment


def next_day_at_work(rhythm: Rhythm, after: date, absences: Sequence[Absence]) -> date | None:
    """Returns the first day after `after` on which a nudge may reach this member.

    None: an absence without an end comes first.
    """
    day: date | None = after + DAY
    while day is not None and not works_on(rhythm, day, absences):
        day = _first_day_back(day, absences)
    return day


def _first_day_back(day: date, absences: Sequence[Absence]) -> date | None:
    """Returns the day after `day` and after all absences that cover it; None: one has no end."""
    ends = [absence.last for absence in absences if absence.covers(day)]
    known = [end for end in ends if end is not None]
    return None if len(known) < len(ends) else max([day, *known]) + DAY


def works_on(rhythm: Rhythm, day: date, absences: Sequence[Absence]) -> bool:
    """Returns whether a nudge may reach this member on `day`.

    It may on the weekdays of their rhythm and on Monday to Friday, except on days off.
    """
    return Weekday(day.isoweekday()) in rhythm.weekdays | WORKWEEK and not is_day_off(day, absences)


def delivery_moment(
    rhythm: Rhythm, planned: datetime, now: datetime, absences: Sequence[Absence]
) -> datetime | None:
    """Returns when a planned nudge that has not been sent yet should be sent.

    At most ten minutes late, it is sent at once. Later (the bot was down), it is sent at the first
    moment outside the quiet hours on a day on which this member works, unless their next round is
    on that day or before it.

    Args:
        rhythm: the member's rhythm.
        planned: the moment of its round; not after `now`.
        now: the present, aware.
        absences: the member's absences.

    Returns:
        `now`, or a later moment in UTC; None: it is not sent, because the next round replaces it or
        the member is away without an end.
    """
    today = local_day(now, rhythm.zone)
    if now - planned <= ON_TIME and not (is_day_off(today, absences) or is_quiet(now, rhythm.zone)):
        return now
    following = next_round(rhythm, now, absences)
    opening = _opening(rhythm, now, absences)
    if opening is None:
        return None
    if following is not None and local_day(following, rhythm.zone) <= local_day(
        opening, rhythm.zone
    ):
        return None
    return opening


def spread(moment: datetime, member: int, zone: ZoneInfo) -> datetime:
    """Returns a moment up to `SPREAD` later, so that late nudges do not all go out at once.

    It lies before the quiet hours. The share of the time until then is the fractional part of the
    member's number times the golden ratio, which spreads any run of numbers evenly (Fibonacci
    hashing; Knuth, The Art of Computer Programming 3, section 6.4).

    Args:
        moment: the first moment a late nudge may go out, aware; outside the quiet hours.
        member: the member's number.
        zone: the member's time zone.
    """
    closes = at_local(local_day(moment, zone), CLOSES, zone)
    room = min(SPREAD, closes - moment)
    return moment + room * (member * GOLDEN_RATIO % 1)


def _opening(rhythm: Rhythm, now: datetime, absences: Sequence[Absence]) -> datetime | None:
    """Returns the first moment from `now` on that is outside the quiet hours on a day at work.

    None: an absence without an end comes first.
    """
    today = local_day(now, rhythm.zone)
    if works_on(rhythm, today, absences) and now < at_local(today, CLOSES, rhythm.zone):
        return max(now, at_local(today, OPENS, rhythm.zone))
    day = next_day_at_work(rhythm, today, absences)
    return None if day is None else at_local(day, OPENS, rhythm.zone)

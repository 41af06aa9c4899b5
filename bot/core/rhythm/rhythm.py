"""When a member wants a nudge: weekdays, a local time and a zone, and the moments they mean."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo


class Weekday(IntEnum):
    """A day of the week, numbered as in ISO 8601."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


WORKWEEK = frozenset(
    {Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY}
)
WEEKEND = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The moments a member chose.

    Attributes:
        weekdays: at least one.
        at: the local time, in whole minutes, without a zone of its own.
        zone: the IANA time zone in which `at` is read.

    Raises:
        ValueError: no weekday, or `at` carries a zone or seconds.
    """

    weekdays: frozenset[Weekday]
    at: time
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("a rhythm needs at least one weekday")
        if self.at.tzinfo is not None or self.at.second or self.at.microsecond:
            raise ValueError("a rhythm's time is a local time in whole minutes")

    @property
    def per_week(self) -> int:
        """The number of rounds a week, 1..7."""
        return len(self.weekdays)


def next_moment(rhythm: Rhythm, after: datetime) -> datetime:
    """Returns the first moment of `rhythm` strictly after `after`.

    Args:
        rhythm: weekdays, local time and IANA zone.
        after: an aware moment, in any zone.

    Returns:
        An aware moment in UTC. A local time that the clocks skip (spring) moves to the end of the
        gap; one that they repeat (autumn) means its first occurrence.

    Raises:
        ValueError: `after` is naive.
    """
    # From yesterday, because the end of a gap may fall a day later than the time it stands for, up
    # to the same weekday of next week.
    first = local_day(after, rhythm.zone) - timedelta(days=1)
    days = (first + timedelta(days=n) for n in range(9))
    moments = (
        at_local(day, rhythm.at, rhythm.zone)
        for day in days
        if Weekday(day.isoweekday()) in rhythm.weekdays
    )
    return min(moment for moment in moments if moment > after)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Returns the calendar date in `zone` at an aware `moment`.

    Raises:
        ValueError: `moment` is naive.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(zone).date()


def at_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Returns when (UTC) clocks in `zone` first show `at` on `day`; in a gap, its end.

    PEP 495: in a gap, fold=1 reads a local time with the offset after it and fold=0 with the one
    before it, which gives a moment on each side of the jump. Bisection finds it to the minute.
    Elsewhere fold=0 gives the only moment, or the first of two.
    """
    local = datetime.combine(day, at, tzinfo=zone)
    before = local.replace(fold=1).astimezone(UTC)
    after = local.replace(fold=0).astimezone(UTC)
    offset_before = before.astimezone(zone).utcoffset()
    while after - before > MINUTE:
        middle = before + (after - before) // (2 * MINUTE) * MINUTE
        if middle.astimezone(zone).utcoffset() == offset_before:
            before = middle
        else:
            after = middle
    return after

"""An oracle for `next_moment`: somebody who looks at a clock on the wall every minute.

Minutes are counted from 1970, in UTC and, where they are called `shown`, as the clock shows them.
"""

from datetime import UTC, datetime, time
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 24 * 60
LONGEST_WALK = 10 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a Thursday
FIRST, LAST = (int((datetime(y, 1, 1, tzinfo=UTC) - EPOCH).days) * DAY for y in (1999, 2039))


def ahead(minute: int, zone: ZoneInfo) -> int:
    """How many minutes clocks in `zone` are ahead of UTC at this minute."""
    offset = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


@cache
def changes(zone: ZoneInfo) -> frozenset[int]:
    """The minutes from 1999 up to 2039 at which clocks in `zone` change."""
    days = range(FIRST, LAST, DAY)
    found = set()
    for before, after in pairwise(days):
        was = ahead(before, zone)
        if ahead(after, zone) != was:
            found.add(next(m for m in range(before, after + 1) if ahead(m, zone) != was))
    return frozenset(found)


def walk(weekdays: frozenset[int], at: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Goes on minute by minute until the clock shows `at` on one of `weekdays`, and it counts.

    A wanted time that lies in a jump of the clock counts at the first minute after the jump. A
    wanted time counts only when the clock has not shown it before, in the three hours past.
    """
    wanted = at.hour * 60 + at.minute
    minute = int((after - EPOCH).total_seconds() // 60)
    turns = changes(zone)
    now = ahead(minute, zone)
    for _ in range(LONGEST_WALK):
        minute += 1
        before = now
        if minute in turns:  # only here the clock is not simply a minute further
            now = ahead(minute, zone)
            for skipped in range(minute + before, minute + now):
                if _is(skipped, wanted, weekdays):
                    return datetime.fromtimestamp(minute * 60, UTC)
        if (minute + now) % DAY != wanted or not _is(minute + now, wanted, weekdays):
            continue
        if not _shown_before(minute, minute + now, zone):
            return datetime.fromtimestamp(minute * 60, UTC)
    raise AssertionError("the walk has no end")


def _is(shown: int, wanted: int, weekdays: frozenset[int]) -> bool:
    """Whether the clock shows the wanted time on a wanted day."""
    day, time_of_day = divmod(shown, DAY)
    return time_of_day == wanted and (day + 3) % 7 + 1 in weekdays


def _shown_before(minute: int, shown: int, zone: ZoneInfo) -> bool:
    past = range(minute - 180, minute)
    if changes(zone).isdisjoint((*past, minute)):
        return False  # nothing happened to the clock in these hours
    return any(then + ahead(then, zone) == shown for then in past)

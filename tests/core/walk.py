"""An oracle for `next_moment`: somebody who looks at a clock on the wall every minute.

Minutes are counted from 1970, in UTC and, where they are called `shown`, as the clock shows them.
"""

from datetime import UTC, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 24 * 60
LONGEST_WALK = 10 * DAY
QUARTER = 15
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a Thursday


@lru_cache(maxsize=100_000)
def _ahead(minute: int, zone: ZoneInfo) -> int:
    """How many minutes clocks in `zone` are ahead of UTC."""
    ahead = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds()) // 60


def _shown(minute: int, zone: ZoneInfo) -> int:
    """What the clock shows; asked anew every minute in a quarter in which it changes."""
    quarter = minute - minute % QUARTER
    ahead = _ahead(quarter, zone)
    if ahead != _ahead(quarter + QUARTER, zone):
        ahead = _ahead(minute, zone)
    return minute + ahead


def walk(weekdays: frozenset[int], at: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Goes on minute by minute until the clock shows `at` on one of `weekdays`, and it counts.

    A wanted time that lies in a jump of the clock counts at the first minute after the jump. A
    wanted time counts only when the clock has not shown it before, in the three hours past.
    """
    wanted = at.hour * 60 + at.minute
    minute = int((after - EPOCH).total_seconds() // 60)
    shown = _shown(minute, zone)
    for _ in range(LONGEST_WALK):
        minute += 1
        before, shown = shown, _shown(minute, zone)
        skipped = range(before + 1, shown)
        if any(_is(moment, wanted, weekdays) for moment in skipped):
            return datetime.fromtimestamp(minute * 60, UTC)
        if shown % DAY != wanted or not _is(shown, wanted, weekdays):
            continue
        if all(_shown(minute - n, zone) != shown for n in range(1, 181)):
            return datetime.fromtimestamp(minute * 60, UTC)
    raise AssertionError("the walk has no end")


def _is(shown: int, wanted: int, weekdays: frozenset[int]) -> bool:
    """Whether the clock shows the wanted time on a wanted day."""
    day, time_of_day = divmod(shown, DAY)
    return time_of_day == wanted and (day + 3) % 7 + 1 in weekdays

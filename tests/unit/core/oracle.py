"""An oracle for `next_moment`, which looks at the local clock minute by minute.

Minutes are counted from 1970: `minute` in UTC, `shown` as the local clock shows it.
"""

from datetime import UTC, datetime, time
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 24 * 60
SEARCHED_MINUTES = 10 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a Thursday
FIRST, LAST = (int((datetime(y, 1, 1, tzinfo=UTC) - EPOCH).days) * DAY for y in (1999, 2039))


def utc_offset(minute: int, zone: ZoneInfo) -> int:
    """Returns how many minutes clocks in `zone` are ahead of UTC at this minute."""
    offset = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


@cache
def clock_changes(zone: ZoneInfo) -> frozenset[int]:
    """Returns the minutes from 1999 up to 2039 at which clocks in `zone` change."""
    days = range(FIRST, LAST, DAY)
    minutes = set()
    for before, after in pairwise(days):
        was = utc_offset(before, zone)
        if utc_offset(after, zone) != was:
            minutes.add(next(m for m in range(before, after + 1) if utc_offset(m, zone) != was))
    return frozenset(minutes)


def first_moment_after(
    weekdays: frozenset[int], at: time, zone: ZoneInfo, after: datetime
) -> datetime:
    """Returns the first minute after `after` at which the clock shows `at` on one of `weekdays`.

    A time that the clock jumps over counts at the first minute after the jump. A time counts only
    when the clock did not show it in the three hours before, so a repeated time counts once.
    """
    wanted = at.hour * 60 + at.minute
    minute = int((after - EPOCH).total_seconds() // 60)
    changes = clock_changes(zone)
    offset = utc_offset(minute, zone)
    for _ in range(SEARCHED_MINUTES):
        minute += 1
        before = offset
        if minute in changes:  # elsewhere the clock shows one minute more
            offset = utc_offset(minute, zone)
            for skipped in range(minute + before, minute + offset):
                if _is_wanted(skipped, wanted, weekdays):
                    return datetime.fromtimestamp(minute * 60, UTC)
        if (minute + offset) % DAY != wanted or not _is_wanted(minute + offset, wanted, weekdays):
            continue
        if not _shown_before(minute, minute + offset, zone):
            return datetime.fromtimestamp(minute * 60, UTC)
    raise AssertionError("no such minute within ten days")


def _is_wanted(shown: int, wanted: int, weekdays: frozenset[int]) -> bool:
    """Returns whether a local minute is the wanted time on a wanted day."""
    day, time_of_day = divmod(shown, DAY)
    return time_of_day == wanted and (day + 3) % 7 + 1 in weekdays


def _shown_before(minute: int, shown: int, zone: ZoneInfo) -> bool:
    past = range(minute - 180, minute)
    if clock_changes(zone).isdisjoint((*past, minute)):
        return False  # nothing happened to the clock in these hours
    return any(earlier + utc_offset(earlier, zone) == shown for earlier in past)

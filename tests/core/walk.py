"""An oracle for `next_moment`: somebody who looks at a clock on the wall every minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
LONGEST_WALK = 10 * 24 * 60


def on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in `zone` shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def walk(weekdays: frozenset[int], at: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Goes on minute by minute until the clock shows `at` on one of `weekdays`, and it counts.

    A wanted time that lies in a jump of the clock counts at the first minute after the jump. A
    wanted time counts only when the clock has not shown it before, in the three hours past.
    """
    moment = after.astimezone(UTC).replace(second=0, microsecond=0)
    shown = on_the_wall(moment, zone)
    for _ in range(LONGEST_WALK):
        moment += MINUTE
        before, shown = shown, on_the_wall(moment, zone)
        if shown - before > MINUTE and _in_jump(before, shown, weekdays, at):
            return moment
        if shown.time() != at or shown.isoweekday() not in weekdays:
            continue
        if not _shown_before(shown, moment, zone):
            return moment
    raise AssertionError("the walk has no end")


def _in_jump(before: datetime, shown: datetime, weekdays: frozenset[int], at: time) -> bool:
    """Whether the clock skipped a wanted time, or shows one right after the jump."""
    minute = before + MINUTE
    while minute <= shown:
        if minute.time() == at and minute.isoweekday() in weekdays:
            return True
        minute += MINUTE
    return False


def _shown_before(shown: datetime, moment: datetime, zone: ZoneInfo) -> bool:
    back = moment - timedelta(hours=3)
    if on_the_wall(back, zone) - shown == -timedelta(hours=3):
        return False  # nothing happened to the clock in these hours
    return any(on_the_wall(moment - n * MINUTE, zone) == shown for n in range(1, 181))

"""Which backups are kept: fewer, the older they are."""

from collections.abc import Callable, Collection, Hashable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.rhythm.rhythm import at_local, local_day

DAILY, WEEKLY, MONTHLY = 7, 4, 12
NIGHT = time(3, 15)
KEEP_KEYS = timedelta(days=7)


def night_before(now: datetime, zone: ZoneInfo) -> datetime:
    """Returns the last moment, at or before `now`, at which a backup was due; in UTC."""
    today = local_day(now, zone)
    due = at_local(today, NIGHT, zone)
    return due if due <= now else at_local(today - timedelta(days=1), NIGHT, zone)


def kept_data(moments: Collection[datetime]) -> set[datetime]:
    """Returns which backups of the data are kept, by the moments at which they were made.

    Those are the newest of each of the last days, weeks and months (UTC) that have one.
    """
    return {
        *_newest(moments, DAILY, lambda at: at.date()),
        *_newest(moments, WEEKLY, lambda at: tuple(at.isocalendar())[:2]),
        *_newest(moments, MONTHLY, lambda at: (at.year, at.month)),
    }


def kept_keys(moments: Collection[datetime], now: datetime, longest: timedelta) -> set[datetime]:
    """Returns which backups of the keys are kept; none is older than `longest`.

    The newest one is kept for that long, so that a week of failures leaves one.
    """
    newest = max(moments, default=None)
    return {at for at in moments if now - at < (longest if at == newest else KEEP_KEYS)}


def _newest(
    moments: Collection[datetime], periods: int, period_of: Callable[[datetime], Hashable]
) -> list[datetime]:
    newest = {period_of(at.astimezone(UTC)): at for at in sorted(moments)}
    return sorted(newest.values())[-periods:]

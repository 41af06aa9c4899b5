"""The check-in: a question in the afternoon of how it went, for members who asked for it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from bot.core.rhythm.rhythm import Rhythm, at_local, local_day
from bot.core.rhythm.workdays import Absence, is_day_off, is_quiet

CHECK_IN = time(15, 30)  # while most are still at work
AFTER = timedelta(hours=3)  # a nudge that came less long ago is still in sight


def check_in_moment(rhythm: Rhythm, sent: datetime) -> datetime | None:
    """Returns when to ask how a nudge went that is sent at `sent`; None: not on that day.

    Args:
        rhythm: the member's rhythm, of which only the zone counts.
        sent: when the nudge goes out, aware.
    """
    moment = at_local(local_day(sent, rhythm.zone), CHECK_IN, rhythm.zone)
    return moment if moment - sent >= AFTER else None


def may_check_in(
    rhythm: Rhythm, planned: datetime, now: datetime, absences: Sequence[Absence]
) -> bool:
    """Returns whether a check-in that was planned for `planned` may still be sent at `now`.

    It may on the same local day, outside the quiet hours, unless that became a day off.
    """
    today = local_day(now, rhythm.zone)
    return (
        today == local_day(planned, rhythm.zone)
        and not is_quiet(now, rhythm.zone)
        and not is_day_off(today, absences)
    )

"""The moments to which a member can postpone a nudge."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from bot.core.rhythm.rhythm import Rhythm, at_local, local_day
from bot.core.rhythm.workdays import Absence, is_day_off, is_quiet, next_day_at_work

HOUR = timedelta(hours=1)
END_OF_AFTERNOON = time(16, 30)


class PostponeOption(StrEnum):
    """A choice that a member has after pressing Later."""

    HOUR = "hour"
    AFTERNOON = "afternoon"
    TOMORROW = "tomorrow"


def postpone_options(
    rhythm: Rhythm, now: datetime, absences: Sequence[Absence]
) -> dict[PostponeOption, datetime]:
    """Returns the moments to which a nudge can be postponed, soonest first.

    `HOUR` (in an hour) and `AFTERNOON` (16:30 today) are left out on a day off. `HOUR` is also left
    out when it falls in the quiet hours, and `AFTERNOON` when it is at most an hour away or past.
    `TOMORROW` is the next day on which this member works, at their own time; it is left out during
    an absence without an end.

    Args:
        rhythm: the member's rhythm.
        now: the present, aware.
        absences: the member's absences.

    Returns:
        Aware moments in UTC.
    """
    options: dict[PostponeOption, datetime] = {}
    in_an_hour = (now + HOUR).astimezone(UTC)
    today = local_day(now, rhythm.zone)
    day_off = is_day_off(today, absences)
    if not day_off and not is_quiet(in_an_hour, rhythm.zone):
        options[PostponeOption.HOUR] = in_an_hour
    afternoon = at_local(today, END_OF_AFTERNOON, rhythm.zone)
    if not day_off and afternoon > in_an_hour:
        options[PostponeOption.AFTERNOON] = afternoon
    tomorrow = next_day_at_work(rhythm, today, absences)
    if tomorrow is not None:
        options[PostponeOption.TOMORROW] = at_local(tomorrow, rhythm.at, rhythm.zone)
    return options

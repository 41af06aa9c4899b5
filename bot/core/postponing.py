"""To which moments a member can put off a nudge."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from bot.core.rhythm import Rhythm, at_local, local_day
from bot.core.workdays import Absence, is_day_off, is_quiet, next_day_at_work

HOUR = timedelta(hours=1)
END_OF_AFTERNOON = time(16, 30)


class PostponeOption(StrEnum):
    """What "later" can mean."""

    HOUR = "hour"
    AFTERNOON = "afternoon"
    TOMORROW = "tomorrow"


def postpone_options(
    rhythm: Rhythm, now: datetime, absences: Sequence[Absence]
) -> dict[PostponeOption, datetime]:
    """The moments to which a nudge can be put off, soonest first.

    In an hour and the end of the afternoon (16:30) are there only while they lie ahead, today,
    outside the quiet hours, and not on a day off. Tomorrow is the next day this member works, at
    their own time; it is not there for someone who is away without an end.

    Returns:
        Aware moments in UTC.
    """
    offers: dict[PostponeOption, datetime] = {}
    in_an_hour = (now + HOUR).astimezone(UTC)
    today = local_day(now, rhythm.zone)
    day_off = is_day_off(today, absences)
    if not day_off and not is_quiet(in_an_hour, rhythm.zone):
        offers[PostponeOption.HOUR] = in_an_hour
    afternoon = at_local(today, END_OF_AFTERNOON, rhythm.zone)
    if not day_off and afternoon > in_an_hour:
        offers[PostponeOption.AFTERNOON] = afternoon
    tomorrow = next_day_at_work(rhythm, today, absences)
    if tomorrow is not None:
        offers[PostponeOption.TOMORROW] = at_local(tomorrow, rhythm.at, rhythm.zone)
    return offers

"""How members' moments are spread, so that no minute asks more than a platform takes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
SEARCH_WINDOW = 30  # minutes: a moment of about the same time
# What goes out in fifty seconds at 30 messages a second, Telegram's limit for a bot.
CROWDED = 1_500


def uncrowded_moment(moment: datetime, crowds: Mapping[datetime, int]) -> datetime:
    """A moment that is not crowded, at `moment` or in the half hour after it.

    Args:
        moment: the one that was meant, aware.
        crowds: how many members have each moment as their next one.

    Returns:
        The first that fewer than `FULL` members have; if there is none, the least crowded.
    """
    moments = [moment + number * MINUTE for number in range(SEARCH_WINDOW)]
    free = [one for one in moments if crowds.get(one, 0) < CROWDED]
    return free[0] if free else min(moments, key=lambda one: crowds.get(one, 0))

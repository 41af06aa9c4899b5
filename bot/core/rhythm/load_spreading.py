"""Spreads members' moments over minutes, so that no minute exceeds what a platform accepts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
SEARCH_WINDOW = 30  # minutes: still about the same time
# Telegram accepts 30 messages a second from a bot: what goes out in fifty seconds.
CROWDED = 1_500


def uncrowded_moment(moment: datetime, crowds: Mapping[datetime, int]) -> datetime:
    """Returns a minute that is not crowded, at `moment` or in the half hour after it.

    Args:
        moment: the moment a member chose, aware.
        crowds: the number of members by their next moment.

    Returns:
        The first minute that fewer than `CROWDED` members have as their next moment; if all have
        more, the first of the least crowded.
    """
    moments = [moment + number * MINUTE for number in range(SEARCH_WINDOW)]
    free = [minute for minute in moments if crowds.get(minute, 0) < CROWDED]
    return free[0] if free else min(moments, key=lambda minute: crowds[minute])

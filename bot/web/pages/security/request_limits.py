"""How many requests one browser, or one address that is not signed in, may make."""

from collections import OrderedDict
from datetime import datetime

BURST, PER_SECOND = 120, 2.0
"""Of one session: a page with its style sheets takes a few, and people read in between."""
STRANGERS_BURST, STRANGERS_PER_SECOND = 600, 20.0
"""Of one address; behind a proxy that is everybody who is not signed in."""
MAX_KEYS = 10_000
WAIT = 30
"""Seconds that somebody is told to wait whose requests came too fast."""


class RequestLimits:
    """Counts requests in buckets that fill again.

    Args:
        burst: how many may come at once.
        per_second: how many more a second after that.
    """

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def allows(self, key: str, at: datetime) -> bool:
        """Counts a request, and returns whether it may be answered.

        Args:
            key: whose it is.
            at: the present.
        """
        left, since = self._buckets.pop(key, (float(self._burst), at))
        left = min(left + (at - since).total_seconds() * self._per_second, self._burst)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, at)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        return allowed

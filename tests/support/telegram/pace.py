"""How fast a bot may send: what the server lets through, and what a channel keeps to."""

import math
from collections import defaultdict, deque

from bot.channels.connection.rate_limit import RateLimits
from tests.support.telegram.rules import too_many_requests

# For the channel in a test that is not about pace, in front of a server that has no limits.
UNLIMITED = RateLimits(per_second=None, chat_seconds=0.0, group_seconds=0.0)


class SendRate:
    """Telegram's limits on how fast a bot may send, as far as they are set.

    Within no second, wherever it begins, more messages are let through than the limit. What is
    refused does not count.
    """

    def __init__(self, overall: int | None, per_chat: int | None) -> None:
        self.refused = 0
        self._per_chat_limit = per_chat
        self._overall: deque[float] = deque(maxlen=overall)
        self._per_chat: defaultdict[object, deque[float]] = defaultdict(
            lambda: deque(maxlen=per_chat)
        )
        self._limited = overall is not None

    def step(self, chat_id: object, now: float) -> None:
        """Count a message that came in `now`, or refuse it when it comes too fast."""
        windows = [self._overall] if self._limited else []
        if self._per_chat_limit is not None:
            windows.append(self._per_chat[chat_id])
        for window in windows:
            # The window holds as many as may come in a second, so only its oldest counts.
            if len(window) == window.maxlen and window[0] > now - 1:
                self.refused += 1
                raise too_many_requests(max(1, math.ceil(window[0] + 1 - now)))
        for window in windows:
            window.append(now)

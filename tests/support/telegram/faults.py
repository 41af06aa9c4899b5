"""What can go wrong with a call: one named fault at a time, or a random mix from a seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.support.odd_answers import OddAnswer
from tests.support.telegram.rules import ApiError, too_many_requests, upgraded

# The number of the first chat that moves; the next one has one less.
MOVED_TO = -100_1234567890
PAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"


class FaultKind(StrEnum):
    """Every fault that the server knows; the first four will never pass.

    `UPGRADED` moves the chat: from then on it has another number, and the old one is refused.
    """

    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NOT_FOUND = "not found"
    UPGRADED = "upgraded"
    TOO_MANY = "too many"
    INTERNAL = "internal"
    BAD_GATEWAY = "bad gateway"
    GATEWAY_TIMEOUT = "gateway timeout"
    DROPPED_BEFORE = "dropped before"
    DROPPED_AFTER = "dropped after"
    TOO_LATE = "too late"
    PAGE = "page"


GONE = frozenset({FaultKind.BLOCKED, FaultKind.DEACTIVATED, FaultKind.NOT_FOUND})
# The call was done all the same, and the bot cannot know.
ACCEPTED = frozenset({FaultKind.DROPPED_AFTER, FaultKind.TOO_LATE})
REFUSALS = {
    FaultKind.BLOCKED: ApiError(403, "Forbidden: bot was blocked by the user"),
    FaultKind.DEACTIVATED: ApiError(403, "Forbidden: user is deactivated"),
    FaultKind.NOT_FOUND: ApiError(400, "Bad Request: chat not found"),
    FaultKind.UPGRADED: upgraded(MOVED_TO),
    FaultKind.TOO_MANY: too_many_requests(1),
    FaultKind.INTERNAL: ApiError(500, "Internal Server Error"),
    FaultKind.BAD_GATEWAY: ApiError(502, "Bad Gateway"),
    FaultKind.GATEWAY_TIMEOUT: ApiError(504, "Gateway Timeout"),
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call."""

    trouble: FaultKind
    error: ApiError | None = None
    answer: OddAnswer | None = None

    @property
    def accepts(self) -> bool:
        """Whether the call is done before it goes wrong."""
        return self.trouble in ACCEPTED


def fault_of(trouble: FaultKind) -> Fault:
    """The fault of this name, in Telegram's words where it has any."""
    return Fault(trouble, REFUSALS.get(trouble))


class RandomFaults:
    """Faults at random: the same seed gives the same row of them.

    Args:
        seed: of the dice.
        rates: for each fault the share of calls that it strikes; together at most 1.
    """

    def __init__(self, seed: int, rates: Mapping[FaultKind, float]) -> None:
        assert sum(rates.values()) <= 1, "More faults than calls."
        self._dice = random.Random(seed)
        self._rates = {FaultKind(trouble): rate for trouble, rate in rates.items()}

    def next(self) -> Fault | None:
        """What goes wrong with the next call; None: nothing."""
        thrown = self._dice.random()
        for trouble, rate in self._rates.items():
            thrown -= rate
            if thrown < 0:
                return fault_of(trouble)
        return None

"""Codes that people type, of an invitation, a group or a link; wrong ones are counted and slowed.

The counts are kept in memory. One process leads a channel at a time, so a guesser meets one count
for each channel; a restart forgets it. Who has many accounts has a guess with each of them, since a
chat without a wrong one may always try. What protects a code is its length: 40 bits for fifteen
minutes, or 50 for two weeks.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

import structlog
from prometheus_client import Counter

from bot.conversation.words import Words
from bot.core.privacy.guess_limits import GuessLimits
from bot.messages import Address

log = structlog.get_logger(__name__)
LOG_EVERY = timedelta(minutes=1)
MINUTE = timedelta(minutes=1)
WRONG_CODES = Counter("olievlek_wrong_codes", "Codes that people typed and that are none", ["kind"])


class CodeKind(StrEnum):
    """What a code was typed for."""

    INVITATION = "invitation"
    GROUP = "group"
    LINK = "link"


for _kind in CodeKind:
    WRONG_CODES.labels(_kind)  # shows at zero, so that a rise is seen


@dataclass
class CodeGuesses:
    """The wrong codes that were typed in this process; logs at most one line a minute."""

    limits: GuessLimits = field(default_factory=GuessLimits)
    _unlogged: int = 0
    _logged_at: datetime | None = None

    def count_wrong(self, chat: Address, kind: CodeKind, at: datetime) -> None:
        """Counts a wrong code. The log has no chat: a number is enough to see an attack."""
        self.limits.count_wrong(chat.pair, at)
        WRONG_CODES.labels(kind).inc()
        self._unlogged += 1
        if self._logged_at is None or at - self._logged_at >= LOG_EVERY:
            log.warning("wrong codes typed", count=self._unlogged)
            self._logged_at, self._unlogged = at, 0


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A code that somebody typed.

    Attributes:
        text: the code, as it was typed.
        chat: whose guesses it counts with: the person, also in a group.
        at: when.
        guesses: the wrong codes so far.
    """

    text: str
    chat: Address
    at: datetime
    guesses: CodeGuesses

    def minutes_to_wait(self) -> int | None:
        """Returns in how many minutes this chat may try a code again; None: it may now."""
        until = self.guesses.limits.blocked_until(self.chat.pair, self.at)
        return None if until is None else ceil((until - self.at) / MINUTE)

    def refusal(self, say: Words) -> str | None:
        """Returns that it is too soon for another code; None: it is not."""
        minutes = self.minutes_to_wait()
        return None if minutes is None else say("code.too_many", minutes=minutes)

    def count_as_wrong(self, kind: CodeKind) -> None:
        """Counts it as a guess: there is no such code."""
        self.guesses.count_wrong(self.chat, kind, self.at)

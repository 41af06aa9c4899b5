"""How much of one chat is taken in and answered: a flood costs others nothing, and ends by itself.

All of it is kept in memory, for a limited number of chats. A restart forgets it, which costs one
more answer in a chat that is flooding.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

MAX_CHATS = 10_000
NOTICE_PERIOD = timedelta(minutes=1).total_seconds()


@dataclass(frozen=True, slots=True)
class InboxLimits:
    """How much one chat may ask.

    Attributes:
        waiting: how many items of a chat wait at most; more are dropped.
        backlog: the same for what came in while nobody led the channel; that is no flood.
        priority: how many may wait beside those of what always has to work, such as /start.
        answers: how many things a chat is answered within a minute.
        calm: a chat that got no answers any more gets them again when it brings fewer than this
            within a minute.
        stranger_seconds: for so long an answer to somebody who is no member is the only one.
        total: how many items of a channel wait at most; then no more is taken in for a while.
    """

    waiting: int = 10
    backlog: int = 200
    priority: int = 3
    answers: int = 20
    calm: int = 5
    stranger_seconds: float = NOTICE_PERIOD
    total: int = 5_000


DEFAULT_LIMITS = InboxLimits()


class Verdict(Enum):
    """What becomes of an item that comes in."""

    ACCEPT = "accept"
    DROP = "drop"
    DROP_WITH_NOTICE = "drop with notice"


@dataclass(slots=True)
class _ChatState:
    """What is remembered of a chat; moments are seconds of a monotonic clock.

    Attributes:
        last_text: what was dropped last.
        noticed_at: when somebody was asked to slow down.
        stranger_until: until when a stranger, who got an answer, gets no other.
        answered: when the last items were handled.
        arrived: when the last items came in for handling.
        is_muted: whether nothing is answered until the chat calms down.
    """

    last_text: str | None = None
    noticed_at: float | None = None
    stranger_until: float | None = None
    answered: deque[float] = field(default_factory=deque)
    arrived: deque[float] = field(default_factory=deque)
    is_muted: bool = False


class FloodLimits:
    """Decides what is dropped, and when that is said.

    Args:
        limits: how much one chat may ask.
    """

    def __init__(self, limits: InboxLimits) -> None:
        self.limits = limits
        self._chats: OrderedDict[str, _ChatState] = OrderedDict()

    def on_arrival(
        self, chat: str, text: str | None, room: int, now: float, *, has_priority: bool
    ) -> Verdict:
        """Returns what becomes of an item that comes in.

        Args:
            chat: where.
            text: what was typed, if it is known.
            room: how many more items of the chat may wait.
            now: seconds of a monotonic clock.
            has_priority: whether it always has to work.
        """
        if has_priority:
            return Verdict.ACCEPT if room + self.limits.priority > 0 else Verdict.DROP
        if text is not None and self.is_answered_stranger(chat, now):
            return Verdict.DROP
        if room > 0:
            return Verdict.ACCEPT
        state = self._state(chat)
        is_repeat, state.last_text = text is not None and text == state.last_text, text
        if is_repeat or not self._may_notice(state, now):
            return Verdict.DROP
        return Verdict.DROP_WITH_NOTICE

    def on_handling(self, chat: str, now: float, *, is_new: bool = True) -> Verdict:
        """Returns what becomes of an item, other than a press, that is about to be answered.

        After too many within a minute that is said once. Then nothing is answered until the chat
        has calmed down: two bots that answer each other stop. What is not new, because this is
        another try or because it came in while nobody led the channel, does not count.
        """
        if not is_new:
            return Verdict.ACCEPT
        limits, state = self.limits, self._state(chat)
        is_calm = len(state.arrived) < limits.calm or state.arrived[0] <= now - NOTICE_PERIOD
        _append(state.arrived, now, limits.calm)
        if state.is_muted and not is_calm:
            return Verdict.DROP
        if state.is_muted:
            state.is_muted = False
            state.answered.clear()
        if len(state.answered) == limits.answers and state.answered[0] > now - NOTICE_PERIOD:
            state.is_muted = True
            return Verdict.DROP_WITH_NOTICE
        _append(state.answered, now, limits.answers)
        return Verdict.ACCEPT

    def stranger_answered(self, chat: str, now: float) -> None:
        """Records that somebody who is no member was answered: for a while that was enough."""
        self._state(chat).stranger_until = now + self.limits.stranger_seconds

    def is_answered_stranger(self, chat: str, now: float) -> bool:
        """Returns whether a stranger in this chat was answered a moment ago."""
        state = self._chats.get(chat)
        return state is not None and state.stranger_until is not None and now < state.stranger_until

    def forget_stranger(self, chat: str) -> None:
        """Records that whoever writes in this chat is no stranger any more."""
        if (state := self._chats.get(chat)) is not None:
            state.stranger_until = None

    def _may_notice(self, state: _ChatState, now: float) -> bool:
        if state.noticed_at is not None and now < state.noticed_at + NOTICE_PERIOD:
            return False
        state.noticed_at = now
        return True

    def _state(self, chat: str) -> _ChatState:
        state = self._chats.setdefault(chat, _ChatState())
        self._chats.move_to_end(chat)
        if len(self._chats) > MAX_CHATS:
            self._chats.popitem(last=False)
        return state


def _append(moments: deque[float], moment: float, most: int) -> None:
    moments.append(moment)
    while len(moments) > most:
        moments.popleft()

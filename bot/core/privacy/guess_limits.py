"""How many wrong codes may be typed: few in one chat, and few in all chats together."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)
PER_CHAT = 5
OVERALL = 100
MAX_CHATS = 10_000


@dataclass
class GuessLimits:
    """Counts wrong codes of the last hour, and says from when another may be tried.

    A chat that typed none may always try one, however many others typed: whoever has a right code
    is never kept out by somebody else. When all chats together have typed too many, a chat that
    typed one wrong waits as well.
    """

    _all: deque[datetime] = field(default_factory=lambda: deque(maxlen=OVERALL))
    _by_chat: OrderedDict[tuple[str, str], deque[datetime]] = field(default_factory=OrderedDict)

    def blocked_until(self, chat: tuple[str, str], now: datetime) -> datetime | None:
        """Returns when this chat may try a code again; None: it may now."""
        own = [moment for moment in self._by_chat.get(chat, ()) if moment > now - WINDOW]
        if not own:
            return None
        if len(own) == PER_CHAT:
            return own[0] + WINDOW
        is_full = len(self._all) == OVERALL and self._all[0] > now - WINDOW
        return self._all[0] + WINDOW if is_full else None

    def count_wrong(self, chat: tuple[str, str], now: datetime) -> None:
        """Counts a wrong code of this chat."""
        self._all.append(now)
        self._by_chat.setdefault(chat, deque(maxlen=PER_CHAT)).append(now)
        self._by_chat.move_to_end(chat)
        if len(self._by_chat) > MAX_CHATS:
            self._by_chat.popitem(last=False)

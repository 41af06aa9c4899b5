"""When the key of an encrypted room is replaced: as the room wants it, which the library ignores.

See <https://spec.matrix.org/latest/client-server-api/#mroomencryption>.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from nio.crypto import OutboundGroupSession

# What the specification advises for rooms that say nothing.
MESSAGES, PERIOD = 100, timedelta(days=7)
# As the Rust SDK has it: no room can make the bot share a key so often that it does little else,
# and none can keep one for longer than this many messages.
MOST_MESSAGES, SHORTEST_PERIOD = 10_000, timedelta(hours=1)
LONGEST_PERIOD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Rotation:
    """How long one key is used.

    Attributes:
        messages: for at most so many messages.
        period: and at most so long.
    """

    messages: int = MESSAGES
    period: timedelta = PERIOD

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Returns what the content of an `m.room.encryption` event asks for, within bounds."""
        messages = _positive(content.get("rotation_period_msgs"), MESSAGES)
        milliseconds = _positive(
            content.get("rotation_period_ms"), PERIOD // timedelta(milliseconds=1)
        )
        longest = LONGEST_PERIOD // timedelta(milliseconds=1)
        period = timedelta(milliseconds=min(milliseconds, longest))
        return cls(min(messages, MOST_MESSAGES), max(period, SHORTEST_PERIOD))

    def limit(self, session: OutboundGroupSession) -> None:
        """Has the session replaced before it is used for longer than this."""
        session.max_messages, session.max_age = self.messages, self.period


# For the moment in which a message is encrypted.
UNLIMITED = Rotation(messages=2**63, period=timedelta.max)


def _positive(value: object, otherwise: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return otherwise
    return value

"""What a Mini App is: pages that a platform opens within its own app, for whom it says it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Opening:
    """One time that somebody opened the Mini App.

    Attributes:
        address: of whoever opened it, as it is on their private chat.
        id: the same for the same opening, however it is written, and for no other.
        expires_at: from when it is not believed any more.
    """

    address: str
    id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MiniApp:
    """How a platform vouches for whoever opens the Mini App.

    Attributes:
        channel: the name of the channel.
        opening: returns who opened it, given what the platform handed the page, and the present;
            None: the platform did not say so, or too long ago.
        frame_ancestors: the origins whose pages may show it in a frame.
    """

    channel: str
    opening: Callable[[str, datetime], Opening | None]
    frame_ancestors: Sequence[str]


VALID_FOR = timedelta(minutes=5)
"""How long after it was opened a platform's word is believed."""

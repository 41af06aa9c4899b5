"""What a channel needs to tell a browser that something waits, by Web Push."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser can be told that something waits.

    Attributes:
        endpoint: the address at the push service of the browser's maker.
        p256dh: the browser's public key, in base64url.
        auth: a secret that it shares with us, in base64url.
    """

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class PushIdentity:
    """Who we are to push services.

    Attributes:
        key: our private key, 32 bytes in base64url.
        contact: how they reach the operator: `mailto:` and an address, or the address of our pages.
    """

    key: str
    contact: str


class PushSubscriptions(Protocol):
    """Keeps the subscriptions of the browsers of one channel."""

    async def claim(self, address: str) -> Sequence[Subscription]:
        """Returns where to tell that something waits in a chat, once until it was opened."""
        ...

    async def release(self, endpoint: str) -> None:
        """Has the next message be told there: this one was not."""
        ...

    async def forget(self, endpoint: str) -> None:
        """Deletes a subscription that is gone."""
        ...


class Push(Protocol):
    """Tells browsers that something waits."""

    @property
    def public_key(self) -> str:
        """The key by which a browser knows us, in base64url."""
        ...

    def trouble(self, subscription: Subscription) -> str | None:
        """Returns why nothing may or can be sent there; None: it can."""
        ...

"""A subscription to Web Push, as a browser gives it."""

from dataclasses import dataclass


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

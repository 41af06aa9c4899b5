"""What a channel needs to tell a browser that something waits, by Web Push."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from bot.config.environment import WrongValue
from bot.languages.sentences import Sentence
from bot.push_subscription import Subscription

KEY = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many private keys there are on the curve P-256, and one."""


def is_push_key(text: str) -> bool:
    """Returns whether a text is a private key as `PushIdentity` has it."""
    if KEY.fullmatch(text) is None:
        return False
    return 0 < int.from_bytes(base64.urlsafe_b64decode(f"{text}=")) < ORDER


def usable_push_key(key: SecretStr | None) -> SecretStr | None:
    """Returns the key of a setting.

    Raises:
        WrongValue: it is no private key.
    """
    if key is not None and not is_push_key(key.get_secret_value()):
        raise WrongValue(Sentence("setting.push_key"))
    return key


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

"""What every channel does: listen, and send. It translates, and knows nothing else."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Protocol, runtime_checkable

from bot.channels.menus import Commands
from bot.messages import Incoming, Outgoing, Reaction

IncomingHandler = Callable[[Incoming], Awaitable[str | None]]
"""What a channel hands everything that comes in to. By the time it returns, the answers were sent;
what it returns is the passing notice for whoever pressed a button, if any."""


ShouldSend = Callable[[], bool]
"""Whether a message still has to go out."""


def always_send() -> bool:
    """It does."""
    return True


class SendError(Exception):
    """A message did not arrive."""


class Unreachable(SendError):
    """It never will: the person blocked the bot, or the chat is gone."""


class TemporaryFailure(SendError):
    """It may, later.

    Attributes:
        after: how long the platform wants us to wait; zero when it did not say.
    """

    def __init__(self, reason: str, after: timedelta = timedelta()) -> None:
        super().__init__(reason)
        self.after = after


class SendCancelled(SendError):
    """It was not sent, because it did not have to go out any more."""


class MessageRejected(SendError):
    """The platform understood, and will not do it."""


class ChatMoved(SendError):
    """The chat has another address now.

    Attributes:
        to: that address, within this channel.
    """

    def __init__(self, to: str) -> None:
        super().__init__(f"moved to {to}")
        self.to = to


class InvalidCredentials(SendError):
    """The platform does not accept our credentials; the message says which setting to mend.

    A send that meets this waits like any other that failed; listening ends with it.
    """


@runtime_checkable
class WebhookChannel(Protocol):
    """A channel whose platform may deliver what comes in over HTTP."""

    @property
    def delivery_path(self) -> str | None:
        """Where; None: nothing is delivered, we ask for it."""
        ...

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers (names in small letters) show that the platform sent it."""
        ...

    async def delivered(self, headers: Mapping[str, str], body: bytes) -> int:
        """Deals with one delivery; the HTTP status to answer with.

        Args:
            headers: their names in small letters.
            body: as it came.
        """
        ...


@runtime_checkable
class TypingChannel(Protocol):
    """A channel that can show that an answer is on its way."""

    async def typing(self, to: str) -> None:
        """Shows it at this address, for some seconds; where it cannot be, nothing happens."""
        ...


@runtime_checkable
class ReactingChannel(Protocol):
    """A channel on which the bot can put an emoji under what somebody wrote."""

    async def react(self, to: str, reaction: Reaction) -> None:
        """Does so in the chat at this address; where it cannot be, nothing happens."""
        ...


@runtime_checkable
class InvitingChannel(Protocol):
    """A channel with addresses that begin a conversation, or bring the bot into a group."""

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """The address that carries this code; None: there is none (yet)."""
        ...


@runtime_checkable
class MenuChannel(Protocol):
    """A channel that can show a menu of commands of its own in one chat."""

    async def show_menu(self, to: str, commands: Commands | None) -> None:
        """Shows these commands in that chat; None: the same as in all others again.

        Raises:
            SendError: it cannot be shown (now).
        """
        ...


class Channel(Protocol):
    """One platform."""

    @property
    def name(self) -> str:
        """As it stands in addresses: `telegram`, `matrix`, `terminal`."""
        ...

    async def listen(self, handle: IncomingHandler) -> None:
        """Hands over everything that comes in, until cancelled or until there is no more.

        Raises:
            BadToken: the platform does not accept our credentials.
        """
        ...

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Sends or edits a message, when the platform's limits allow it.

        Args:
            to: the address within this channel.
            message: what to send.
            key: the same for a repeat of the same message, where the platform can make use of it.
            urgent: somebody is waiting for it, so it goes before what is not urgent.
            should_send: asked right before it leaves, which may be seconds later.

        Returns:
            The platform's id of what was sent; None where there is nothing to refer to later.

        Raises:
            Unreachable: it can never arrive.
            Moved: it can arrive elsewhere.
            CalledOff: `should_send` said no.
            NotNow: it may arrive later.
        """
        ...

    async def whoami(self) -> str:
        """Who the bot is on this platform, which shows that it can log in.

        Raises:
            BadToken: the platform does not accept our credentials.
            SendError: the platform cannot be reached now.
        """
        ...

    async def trouble(self) -> str | None:
        """What is wrong with the connection now, in a sentence; None: it works."""
        ...

    async def close(self) -> None:
        """Lets go of connections."""
        ...

"""The protocols of a channel, and the errors it raises. A channel translates, and knows no more."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Protocol, runtime_checkable

from bot.channels.menus import Commands
from bot.messages import Incoming, Outgoing, Reaction

IncomingHandler = Callable[[Incoming], Awaitable[str | None]]
"""Handles everything that comes in on a channel. When it returns, the replies have been sent; it
returns the passing notice for the person who pressed a button, or None."""


ShouldSend = Callable[[], bool]
"""Returns whether a message still has to go out."""


def always_send() -> bool:
    """Returns True: the message has to go out whatever happens."""
    return True


class SendError(Exception):
    """A message did not arrive."""


class Unreachable(SendError):
    """A message that can never arrive: the person blocked the bot, or the chat is gone."""


class TemporaryFailure(SendError):
    """A message that may arrive later.

    Attributes:
        after: how long the platform asks us to wait; zero when it did not say.
    """

    def __init__(self, reason: str, after: timedelta = timedelta()) -> None:
        super().__init__(reason)
        self.after = after


class SendCancelled(SendError):
    """A message that was not sent, because it did not have to go out any more."""


class MessageRejected(SendError):
    """A request that the platform understood and will not carry out."""


class ChatMoved(SendError):
    """A chat that has another address now.

    Attributes:
        to: the new address, within this channel.
    """

    def __init__(self, to: str) -> None:
        super().__init__(f"moved to {to}")
        self.to = to


class InvalidCredentials(SendError):
    """Credentials that the platform refuses; the message is the name of the setting to correct.

    A message that could not be sent for this reason is retried like any other; `listen` ends.
    """


@runtime_checkable
class WebhookChannel(Protocol):
    """A channel whose platform may deliver what comes in over HTTP."""

    @property
    def delivery_path(self) -> str | None:
        """The path on our HTTP port; None: nothing is delivered, the channel polls."""
        ...

    def is_authentic(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers (names in lower case) show that the platform sent a delivery."""
        ...

    async def handle_delivery(self, headers: Mapping[str, str], body: bytes) -> int:
        """Handles one delivery, and returns the HTTP status to answer with.

        Args:
            headers: with their names in small letters.
            body: as it was received.
        """
        ...


@runtime_checkable
class TypingChannel(Protocol):
    """A channel that can show that an answer is on its way."""

    async def typing(self, to: str) -> None:
        """Shows it at this address for some seconds; does nothing where that is impossible."""
        ...


@runtime_checkable
class ReactingChannel(Protocol):
    """A channel on which the bot can react to a message with an emoji."""

    async def react(self, to: str, reaction: Reaction) -> None:
        """Reacts in the chat at this address; does nothing where that is impossible."""
        ...


@runtime_checkable
class InvitingChannel(Protocol):
    """A channel with links that begin a conversation, or bring the bot into a group."""

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """Returns the link for an invitation with this code; None: there is none (yet)."""
        ...


@runtime_checkable
class MenuChannel(Protocol):
    """A channel that can show a menu of commands of its own in one chat."""

    async def show_menu(self, to: str, commands: Commands | None) -> None:
        """Shows these commands in that chat; None restores the menu that all chats show.

        Raises:
            SendError: the menu cannot be shown (now).
        """
        ...


class Channel(Protocol):
    """One platform."""

    @property
    def name(self) -> str:
        """The name in its specification: `telegram`, `matrix`, `terminal`."""
        ...

    async def listen(self, handle: IncomingHandler) -> None:
        """Passes everything that comes in to `handle`, until cancelled or until the input ends.

        Raises:
            InvalidCredentials: the platform does not accept our credentials.
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
            key: identifies the message; a platform that supports it shows a repeat only once.
            urgent: somebody is waiting for it; it goes before messages that are not urgent.
            should_send: called right before the message leaves, which may be seconds later.

        Returns:
            The platform's id of the message; None where nothing can refer to it later.

        Raises:
            Unreachable: the message can never arrive.
            ChatMoved: the chat has another address.
            SendCancelled: `should_send` said no.
            TemporaryFailure: the message may arrive later.
        """
        ...

    async def whoami(self) -> str:
        """Returns who the bot is on this platform; that it can, shows that the log-in works.

        Raises:
            InvalidCredentials: the platform does not accept our credentials.
            SendError: the platform cannot be reached now.
        """
        ...

    async def trouble(self) -> str | None:
        """Returns what is wrong with the connection now, in a sentence; None: it works."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...

"""The protocols of a channel, and the errors it raises. A channel translates, and knows no more."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from bot.channels.chat_signals import ChatSignals
from bot.channels.menus import Commands
from bot.channels.push import Push
from bot.languages.sentences import Text
from bot.messages import Incoming, Outgoing, Reaction, ReceivedItem

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


class UndecodableItem(Exception):
    """Something that a platform brought and that cannot be decoded.

    The message is the kind of error; its text might quote what somebody wrote.
    """


class ItemReceiver(Protocol):
    """Where a channel brings what came in, so that nothing is lost from then on."""

    async def receive(self, items: Sequence[ReceivedItem], position: str | None = None) -> None:
        """Takes items in, in this order; what is known already is dropped.

        When it returns, the items and the position are committed, and the platform can be told.

        Args:
            items: what came in.
            position: up to where the platform's items are taken in now; None: it has no such thing.

        Raises:
            TemporaryFailure: nothing could be stored; bring the same again later.
        """
        ...

    async def position(self, max_age: timedelta | None = None) -> str | None:
        """Returns the last position that was committed; None: there is none, or it is too old.

        Raises:
            TemporaryFailure: the database cannot be read now.
        """
        ...


@runtime_checkable
class WebhookChannel(Protocol):
    """A channel whose platform may deliver what comes in over HTTP."""

    @property
    def name(self) -> str:
        """The name in its specification."""
        ...

    @property
    def delivery_paths(self) -> Collection[str]:
        """The paths on our HTTP port; none: nothing is delivered, the channel polls."""
        ...

    def is_authentic(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers (names in lower case) show that the platform sent a delivery."""
        ...

    async def take_delivery(
        self, headers: Mapping[str, str], body: bytes, inbox: ItemReceiver
    ) -> int:
        """Takes one delivery in, and returns the HTTP status to answer with.

        Any replica may do so, also one that does not lead the channel.

        Args:
            headers: with their names in small letters.
            body: as it was received.
            inbox: where it goes.
        """
        ...


class SentMessages(Protocol):
    """Where a channel keeps the ids of its messages, to take them out of a chat later."""

    async def keep(self, address: str, messages: Sequence[str]) -> None:
        """Keeps the ids of messages without a receipt; raises nothing, and may keep none."""
        ...


class Mailbox(Protocol):
    """Where a channel keeps the messages of its chats, if no platform does, for a page to show.

    Raises `TemporaryFailure` where nothing could be stored.
    """

    async def put(self, address: str, key: str, message: Outgoing) -> None:
        """Keeps a message of the bot, once for each key.

        Raises:
            Unreachable: nobody can open this chat (any more).
        """
        ...

    async def put_own(self, address: str, key: str, text: str, reply_to: str | None) -> None:
        """Keeps what somebody wrote, once for each key; `reply_to` is the key of another."""
        ...

    async def change(self, address: str, key: str, message: Outgoing) -> bool:
        """Replaces a message of the bot; one that is gone comes again if it can be chosen from.

        Returns:
            Whether it stands in the chat now.
        """
        ...

    async def change_own(self, address: str, key: str, text: str | None) -> None:
        """Replaces what somebody wrote; None: takes it out of the chat."""
        ...

    async def clear(self, address: str, farewell: str) -> None:
        """Deletes all messages of an erased chat, and says the last word where it was open."""
        ...


@runtime_checkable
class TypingChannel(Protocol):
    """A channel that can show that an answer is on its way.

    Attributes:
        shows_typing_at_once: whether it is shown for an answer that is there in a moment too.
    """

    shows_typing_at_once: bool

    async def typing(self, to: str) -> None:
        """Shows it at this address for some seconds; does nothing where that is impossible."""
        ...

    async def typing_ended(self, to: str) -> None:
        """Shows it no longer; does nothing where a message ends it."""
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
class PageChannel(Protocol):
    """A channel whose chats are on our own HTTP port: any replica takes in what is posted there."""

    @property
    def name(self) -> str:
        """The name in its specification."""
        ...

    @property
    def signals(self) -> ChatSignals:
        """What happens in its chats, for those who have one open."""
        ...

    @property
    def push(self) -> Push | None:
        """What tells browsers that something waits; None: nothing does."""
        ...


class Identity(Protocol):
    """The identity of the bot's account, by which people know that its devices are its own."""

    async def trouble(self) -> Text | None:
        """Returns why people may not believe the bot's device, and what to do; None: they do.

        Raises:
            SendError: the platform cannot be asked now, or refuses the credentials.
        """
        ...

    async def reset(self) -> None:
        """Gives the account a new identity; whoever verified the old one is warned.

        Raises:
            SendError: the platform does not allow it, or not now.
        """
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


@runtime_checkable
class IdentityChannel(Channel, Protocol):
    """A channel on which accounts have an identity that signs their devices."""

    @property
    def identity(self) -> Identity:
        """The identity of the bot's account."""
        ...


@runtime_checkable
class DirectChannel(Channel, Protocol):
    """Describes a channel without an inbox: what comes in is handled while its sender waits."""

    async def listen(self, handle: IncomingHandler) -> None:
        """Passes everything that comes in to `handle`, until cancelled or until the input ends.

        Raises:
            InvalidCredentials: the platform does not accept our credentials.
        """
        ...


@runtime_checkable
class InboxChannel(Channel, Protocol):
    """A channel whose platform brings items, which are stored first and handled afterwards."""

    async def receive(self, inbox: ItemReceiver) -> None:
        """Brings everything that comes in to `inbox`, until cancelled.

        Raises:
            InvalidCredentials: the platform does not accept our credentials.
        """
        ...

    async def process(self, content: bytes, handle: IncomingHandler) -> None:
        """Decodes one item and passes it to `handle`, unless there is nothing in it for the bot.

        It waits until the channel is logged in. A press is answered to the platform with the notice
        that `handle` returns.

        Args:
            content: that of a `ReceivedItem` of this channel.
            handle: its errors are raised again; the item may then be processed once more.

        Raises:
            UndecodableItem: nothing can be made of it, now or later.
            SendError: the platform could not be asked for what is needed to understand it.
        """
        ...

"""The channel whose chats are pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.channels.base import Channel, ItemReceiver, PageChannel
from bot.channels.chat_signals import ChatSignals
from bot.channels.push import Push
from bot.store.members.vault import Vault


@dataclass(frozen=True, slots=True)
class ChatPlace:
    """The channel whose chats these are.

    Attributes:
        channel: its name.
        intake: takes in what is posted.
        signals: what happens in its chats.
        vault: opens its mailbox.
        zone: of somebody who is no member yet.
        push: what tells browsers that something waits; None: nothing does.
    """

    channel: str
    intake: ItemReceiver
    signals: ChatSignals
    vault: Vault
    zone: str
    push: Push | None = None


def chat_place(
    channels: Iterable[Channel], intakes: Mapping[str, ItemReceiver], vault: Vault, zone: str
) -> ChatPlace | None:
    """Returns the channel whose chats are pages; None: there is none, or it is off."""
    for channel in channels:
        if isinstance(channel, PageChannel) and channel.name in intakes:
            intake, push = intakes[channel.name], channel.push
            return ChatPlace(channel.name, intake, channel.signals, vault, zone, push)
    return None

"""How a channel is started: its settings, and what the program hands it to work with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import SecretStr

from bot.channels.base import Channel, Mailbox, SentMessages
from bot.channels.choices import PendingChoices
from bot.channels.menus import Menu
from bot.channels.mini_apps import MiniApp
from bot.channels.push import PushIdentity, PushSubscriptions
from bot.config.environment import SettingsSection
from bot.messages import Clock


class ChannelSettings(SettingsSection):
    """The settings of one channel; the section has its name."""


S = TypeVar("S", bound=ChannelSettings)


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What the program hands a channel to work with.

    Attributes:
        clock: tells the present.
        folder: where the channel may keep files; it need not exist yet.
        key: seals what it keeps there: 64 hexadecimal digits, different for each channel; empty
            while the keys are not open, which a service with `needs_secret_key` never sees.
        choices: remembers the choices of messages, for platforms without buttons.
        sent_messages: keeps the ids of messages that can be taken back for a while.
        menus: what to show of the bot, in each language.
        mailbox: keeps messages, for a channel without a platform that does.
        subscriptions: keeps where browsers can be told that something waits.
        public_url: where browsers find our HTTP port; empty: it was not set.
        push: who we are to push services; None: no browser is told anything.
    """

    clock: Clock
    folder: Path
    key: str
    choices: PendingChoices
    sent_messages: SentMessages
    menus: Sequence[Menu]
    mailbox: Mailbox
    subscriptions: PushSubscriptions
    public_url: str = ""
    push: PushIdentity | None = None


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """How `olievlek run` starts a channel.

    Attributes:
        settings: its settings.
        enabled_by: the field of `settings` that turns the channel on.
        build: makes the channel. Whatever takes long to load is imported within.
        needs_secret_key: whether what it keeps is sealed, with `ChannelContext.key` or in its
            mailbox.
        needs_public_url: whether people reach it at the address of our own pages.
        mini_app: returns how the platform vouches for whoever opens the pages in its own app; None:
            it cannot.
    """

    settings: type[S]
    enabled_by: str
    build: Callable[[S, ChannelContext], Channel]
    needs_secret_key: bool = False
    needs_public_url: bool = False
    mini_app: Callable[[S], MiniApp] | None = None

    def is_enabled(self, settings: S) -> bool:
        """Returns whether the channel is to run."""
        return bool(secret_value(getattr(settings, self.enabled_by)))


def secret_value(secret: SecretStr | str | None) -> str | None:
    """Returns what a secret holds; a text as it is."""
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret

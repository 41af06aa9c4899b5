"""Builds the channels that the settings ask for, and gives them what they need of other rooms."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.channels import registry
from bot.channels.base import Channel, InvitingChannel
from bot.channels.menus import Menu, PagesButton
from bot.channels.mini_apps import MiniApp
from bot.channels.push import PushIdentity
from bot.channels.service import ChannelContext, ChannelSettings, Service
from bot.config.environment import variable_name
from bot.config.reading import missing_line
from bot.config.settings import ConfigError, Settings
from bot.conversation import menus
from bot.conversation.words import Words
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.delivery.browsers.push_subscriptions import StoredSubscriptions
from bot.delivery.replies.pending_choices import StoredChoices
from bot.delivery.sent_messages import StoredSentMessages
from bot.languages.registry import tags
from bot.languages.sentences import Choice, Hint, Sentence, Text
from bot.messages import Clock
from bot.store.db.engine import Database
from bot.store.members.vault import Vault

MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)


def configured_channels(
    settings: Settings, database: Database, clock: Clock, vault: Vault | None = None
) -> list[Channel]:
    """Returns the channels that are configured; none of them is logged in yet.

    Args:
        settings: say which.
        database: keeps the choices under their messages.
        clock: returns the present.
        vault: has the keys of what channels keep for themselves; without it, unlocked, the channels
            that need one are left out.

    Raises:
        ConfigError: there are none, or some lack a setting: one line for each setting.
    """
    return [
        service.build(
            channel_settings,
            ChannelContext(
                clock=clock,
                folder=settings.data_dir / name,
                key=vault.channel_key(name) if vault is not None and vault.is_unlocked else "",
                choices=StoredChoices(database, name, clock),
                sent_messages=StoredSentMessages(database, name, clock),
                menus=channel_menus(pages_button(settings)),
                mailbox=StoredMailbox(database, vault, name, clock),
                subscriptions=StoredSubscriptions(database, name, clock),
                public_url=settings.public_url.rstrip("/"),
                push=push_identity(settings),
            ),
        )
        for name, (service, channel_settings) in check_channels(settings).items()
        if not service.needs_secret_key or (vault is not None and vault.is_unlocked)
    ]


def invitation_links(channels: Sequence[Channel], code: str, to_group: bool) -> dict[str, str]:
    """Returns the addresses that carry an invitation code, by the name of the channel."""
    return {
        channel.name: link
        for channel in channels
        if isinstance(channel, InvitingChannel)
        and (link := channel.invitation(code, to_group=to_group))
    }


def push_identity(settings: Settings) -> PushIdentity | None:
    """Returns who we are to push services: they want to know whom to reach when we misbehave."""
    if settings.push_key is None:
        return None
    contact, parts = settings.controller_contact.strip(), urlsplit(settings.public_url)
    is_mail = MAIL.fullmatch(contact) is not None
    reached = f"mailto:{contact}" if is_mail else f"{parts.scheme}://{parts.netloc}"
    return PushIdentity(settings.push_key.get_secret_value(), reached)


def check_channels(settings: Settings) -> dict[str, tuple[Service[Any], ChannelSettings]]:
    """Returns the services of the channels that are configured, and their settings, by name.

    Raises:
        ConfigError: there are none, or some lack a setting: one line for each setting.
    """
    services = {
        channel.name: channel.service()
        for channel in registry.channels()
        if channel.service is not None
    }
    enabled = {
        name: (service, channel_settings)
        for name, service in services.items()
        if service.is_enabled(channel_settings := settings.of_channel(name, service.settings))
    }
    if not enabled:
        ways = Choice(_way_to_enable(name, service) for name, service in services.items())
        raise ConfigError([Sentence("config.no_channel", ways=ways)])
    missing = [
        line
        for name, (service, channel_settings) in enabled.items()
        for line in _missing(name, service, channel_settings, settings)
    ]
    if missing:
        raise ConfigError({str(line): line for line in missing}.values())
    return enabled


def mini_app(settings: Settings) -> MiniApp | None:
    """Returns how a configured channel vouches for whoever opens the pages in its app.

    None: no channel does, or the pages are not at an address that platforms open.
    """
    if not settings.public_url.startswith("https://"):
        return None
    found = (
        service.mini_app(channel_settings)
        for service, channel_settings in check_channels(settings).values()
        if service.mini_app is not None
    )
    return next(found, None)


def pages_button(settings: Settings) -> PagesButton | None:
    """Returns the button that opens the pages in a platform's app; None: they open in none."""
    if mini_app(settings) is None:
        return None
    url = f"{settings.public_url.rstrip('/')}/web/mini-app"
    return PagesButton(Words(settings.language)("menu.pages"), url)


def channel_menus(pages: PagesButton | None = None) -> list[Menu]:
    """Returns what a platform shows of the bot, in each language."""
    return [
        Menu(
            language=language,
            description=say("menu.description"),
            short=say("menu.short"),
            commands=menus.commands(say),
            in_groups=(("help", say("menu.help_in_group")),),
            pages=pages,
        )
        for language, say in ((language, Words(language)) for language in tags())
    ]


def _way_to_enable(name: str, service: Service[Any]) -> str | Text:
    variable = variable_name(name, service.enabled_by)
    hint = service.settings.model_fields[service.enabled_by].description
    return Sentence("config.way", name=variable, hint=Hint(hint)) if hint else variable


def _missing(
    name: str, service: Service[Any], channel_settings: ChannelSettings, settings: Settings
) -> Iterator[Sentence]:
    for fields in channel_settings.missing():
        yield missing_line(service.settings.model_fields, fields, (name,))
    if service.needs_secret_key and settings.secret_key is None:
        yield missing_line(type(settings).model_fields, ["secret_key"])
    if service.needs_public_url and not settings.public_url:
        yield missing_line(type(settings).model_fields, ["public_url"])

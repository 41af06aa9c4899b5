"""Telegram's settings, and how the channel is built from them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from bot.channels.base import Channel
from bot.channels.mini_apps import MiniApp
from bot.channels.service import ChannelContext, ChannelSettings, Service, secret_value
from bot.channels.telegram import FREE_PER_SECOND, NAME
from bot.channels.telegram.mini_app import FRAME_ANCESTORS, opening
from bot.config.environment import WebAddress, WrongValue
from bot.languages.sentences import Sentence


def _token(token: SecretStr | None) -> SecretStr | None:
    if token is not None and not re.fullmatch(r"\d+:[\w-]+", token.get_secret_value(), re.ASCII):
        raise WrongValue(Sentence("setting.telegram_token"))
    return token


def _webhook_secret(secret: SecretStr | None) -> SecretStr | None:
    # https://core.telegram.org/bots/api#setwebhook
    if secret is not None and not re.fullmatch(
        r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value(), re.ASCII
    ):
        raise WrongValue(Sentence("setting.webhook_secret"))
    return secret


class TelegramSettings(ChannelSettings):
    """The settings whose names begin with `OLIEVLEK_TELEGRAM_`."""

    token: Annotated[
        SecretStr | None, AfterValidator(_token), Field(description="obtain.telegram_token")
    ] = None
    api_url: WebAddress = "https://api.telegram.org"
    per_second: Annotated[int, Field(ge=1, le=1000)] = FREE_PER_SECOND
    webhook_url: WebAddress = ""
    webhook_secret: Annotated[
        SecretStr | None,
        AfterValidator(_webhook_secret),
        Field(description="obtain.webhook_secret"),
    ] = None

    def missing(self) -> Iterator[tuple[str, ...]]:
        """Yields the webhook's secret if there is a webhook without one."""
        if self.webhook_url and self.webhook_secret is None:
            yield ("webhook_secret",)


def build(settings: TelegramSettings, context: ChannelContext) -> Channel:
    """Returns the bot's account on Telegram; it is not logged in yet."""
    from bot.channels.telegram.api.client import Login
    from bot.channels.telegram.channel import DOCUMENTED_LIMITS, Telegram
    from bot.channels.telegram.updates import Webhook

    webhook: Webhook | None = None
    if settings.webhook_url:
        webhook = Webhook.at(settings.webhook_url, secret_value(settings.webhook_secret) or "")
    return Telegram(
        Login(settings.api_url, secret_value(settings.token) or ""),
        context.clock,
        replace(DOCUMENTED_LIMITS, per_second=settings.per_second),
        webhook,
        context.menus,
        context.sent_messages,
    )


def mini_app(settings: TelegramSettings) -> MiniApp:
    """Returns how Telegram vouches for whoever opens the Mini App."""
    token = secret_value(settings.token) or ""
    return MiniApp(NAME, partial(opening, token), FRAME_ANCESTORS)


SERVICE = Service(settings=TelegramSettings, enabled_by="token", build=build, mini_app=mini_app)

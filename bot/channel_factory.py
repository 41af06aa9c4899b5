"""The channels that the settings ask for: the part of the composition root that knows them."""

from dataclasses import replace
from hashlib import sha256

from pydantic import SecretStr

from bot.channels.base import Channel
from bot.channels.menus import Menu
from bot.conversation import menus
from bot.conversation.words import Words
from bot.delivery.pending_choices import StoredChoices
from bot.languages.registry import tags
from bot.messages import Clock
from bot.settings import PREFIX, ConfigError, Settings, require
from bot.store.db.engine import Database


def configured_channels(settings: Settings, database: Database, clock: Clock) -> list[Channel]:
    """The channels that are configured.

    Raises:
        ConfigError: there are none, or one of them only by half.
    """
    channels: list[Channel] = []
    if settings.telegram_token is not None:
        channels.append(_telegram(settings, clock))
    if settings.matrix_homeserver:
        channels.append(_matrix(settings, database, clock))
    if not channels:
        raise ConfigError(
            [
                f"no channel is configured: set {PREFIX}TELEGRAM_TOKEN (from @BotFather) or "
                f"{PREFIX}MATRIX_HOMESERVER, or try `olievlek demo`"
            ]
        )
    return channels


def _telegram(settings: Settings, clock: Clock) -> Channel:
    # Here, because loading a platform's library costs a tenth of a second and more.
    from bot.channels.telegram.channel import DOCUMENTED_LIMITS, Telegram
    from bot.channels.telegram.updates import Webhook

    webhook: Webhook | None = None
    if settings.telegram_webhook_url:
        require(settings, "telegram_webhook_secret")
        secret = _secret_value(settings.telegram_webhook_secret) or ""
        webhook = Webhook.at(settings.telegram_webhook_url, secret)
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
    limits = replace(DOCUMENTED_LIMITS, per_second=settings.telegram_per_second)
    return Telegram(token, settings.telegram_api_url, clock, limits, webhook, telegram_menus())


def telegram_menus() -> list[Menu]:
    """What Telegram shows of the bot, in each language."""
    return [
        Menu(
            language=language,
            description=say("menu.description"),
            short=say("menu.short"),
            commands=menus.commands(say),
            in_groups=(("help", say("menu.help_in_group")),),
        )
        for language, say in ((language, Words(language)) for language in tags())
    ]


def _matrix(settings: Settings, database: Database, clock: Clock) -> Channel:
    from bot.channels.matrix.account import Login
    from bot.channels.matrix.channel import Matrix
    from bot.channels.matrix.rooms import AllowedServers

    require(settings, "matrix_user", "secret_key")
    if settings.matrix_password is None and settings.matrix_access_token is None:
        raise ConfigError(
            [f"{PREFIX}MATRIX_PASSWORD or {PREFIX}MATRIX_ACCESS_TOKEN should be set, one of them"]
        )
    login = Login(
        homeserver=settings.matrix_homeserver.rstrip("/"),
        user=settings.matrix_user,
        password=_secret_value(settings.matrix_password),
        access_token=_secret_value(settings.matrix_access_token),
        pickle_key=sha256(f"matrix/{_secret_value(settings.secret_key)}".encode()).hexdigest(),
    )
    offers = StoredChoices(database, Matrix.name, clock)
    allowed = AllowedServers.of(settings.matrix_allowed_servers.split(","))
    return Matrix(login, settings.data_dir / "matrix", clock, offers, allowed)


def _secret_value(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()

"""The settings: their names, kinds and defaults."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    SecretStr,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url

from bot.channels.push import usable_push_key
from bot.channels.service import ChannelSettings
from bot.config.database_urls import usable_keys_url, usable_url
from bot.config.environment import (
    PREFIX,
    Contact,
    MayHoldPassword,
    Networks,
    WebAddress,
    WrongValue,
    variable_name,
)
from bot.config.s3_settings import S3Settings
from bot.core.privacy.retention import DEFAULT_PERIODS, Periods
from bot.core.streaks.team_board import MIN_GROUP_SIZE, SMALLEST_GROUP
from bot.languages.registry import default_tag, tags
from bot.languages.sentences import Choice, Joined, Sentence, Text
from bot.store.db.engine import keys_url_beside
from bot.store.keys.master_key import WeakKey, key_bytes
from bot.web.organisation.settings import OidcSettings

S = TypeVar("S", bound=ChannelSettings)
# Beside the zones, `zoneinfo` leaves these out of its list too: "right" counts leap seconds.
NO_ZONES = ("posix", "posixrules", "right")


class ConfigError(Exception):
    """The configuration cannot be used; `lines` say which settings to mend, and how."""

    def __init__(self, lines: Iterable[Text]) -> None:
        self.lines = list(lines)
        super().__init__(Joined(self.lines))


class DatabaseUnavailable(ConfigError):
    """The settings may well be right, but the database cannot be reached or written now."""


def _language(tag: str) -> str:
    if tag not in tags():
        raise WrongValue(Sentence("setting.tag", tags=Choice(map(repr, tags()))))
    return tag


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:  # no path, a folder, not there
        raise WrongValue(Sentence("setting.time_zone")) from error
    if name.partition("/")[0] in NO_ZONES:
        raise WrongValue(Sentence("setting.time_zone"))
    return name


def usable_secret_key(key: SecretStr | None) -> SecretStr | None:
    """Returns the key as it is.

    Raises:
        WrongValue: it is malformed or weak.
    """
    if key is not None:
        try:
            key_bytes(key.get_secret_value())
        except WeakKey as error:
            raise WrongValue(Sentence("setting.weak_key")) from error
        except ValueError as error:
            raise WrongValue(Sentence("setting.secret_key")) from error
    return key


def _backup_recipient(key: str | None) -> str | None:
    if key is not None:
        import pyrage  # here, as few have this set

        try:
            pyrage.x25519.Recipient.from_str(key)
        except pyrage.RecipientError as error:
            raise WrongValue(Sentence("setting.backup_recipient")) from error
    return key


class Settings(BaseSettings):
    """The settings of the program itself, under their names without `OLIEVLEK_`, in small letters.

    `read_settings` returns a subclass that has the settings of each channel as well, under the
    channel's name: `OLIEVLEK_TELEGRAM_TOKEN` is `telegram.token`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",
        env_ignore_empty=True,
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    database_url: Annotated[str, AfterValidator(usable_url), MayHoldPassword()] = (
        "sqlite+aiosqlite:///olievlek.db"
    )
    keys_url: Annotated[str | None, AfterValidator(usable_keys_url), MayHoldPassword()] = None
    data_dir: Path = Path()
    secret_key: Annotated[
        SecretStr | None,
        AfterValidator(usable_secret_key),
        Field(description="obtain.secret_key"),
    ] = None
    secret_key_file: Path | None = None
    push_key: Annotated[SecretStr | None, AfterValidator(usable_push_key)] = None
    language: Annotated[str, AfterValidator(_language)] = default_tag()
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Amsterdam"
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    traces_url: WebAddress = ""
    trusted_proxies: Networks = "127.0.0.1,::1"
    public_url: Annotated[WebAddress, Field(description="obtain.public_url")] = ""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    min_group_size: Annotated[int, Field(ge=SMALLEST_GROUP)] = MIN_GROUP_SIZE
    controller_name: str = ""
    controller_contact: str = ""
    security_contact: Contact = ""
    theme_dir: Path | None = None
    oidc: OidcSettings = Field(default_factory=OidcSettings)
    s3: S3Settings = Field(default_factory=S3Settings)
    backup_dir: Path | None = None
    backup_keys_dir: Path | None = None
    # Who pastes the private key by mistake must not read it in an error.
    backup_recipient: Annotated[
        str | None, AfterValidator(_backup_recipient), MayHoldPassword()
    ] = None
    keep_reflections_months: Annotated[int, Field(ge=1, le=36)] = DEFAULT_PERIODS.reflections_months
    keep_silent_months: Annotated[int, Field(ge=3, le=24)] = DEFAULT_PERIODS.silent_months
    keep_notice_days: Annotated[int, Field(ge=14, le=90)] = DEFAULT_PERIODS.notice_days
    keep_answers_months: Annotated[int, Field(ge=12, le=60)] = DEFAULT_PERIODS.answers_months
    keep_digests_months: Annotated[int, Field(ge=1, le=36)] = DEFAULT_PERIODS.digests_months
    keep_absences_months: Annotated[int, Field(ge=7, le=36)] = DEFAULT_PERIODS.absences_months
    keep_receipts_days: Annotated[int, Field(ge=14, le=365)] = DEFAULT_PERIODS.receipts_days
    keep_invitations_days: Annotated[int, Field(ge=0, le=365)] = DEFAULT_PERIODS.invitations_days
    keep_set_aside_days: Annotated[int, Field(ge=1, le=30)] = DEFAULT_PERIODS.set_aside_days
    _names_database: bool = PrivateAttr(default=True)

    @property
    def names_database(self) -> bool:
        """Whether a setting says where the database is."""
        return self._names_database

    @property
    def keys_location(self) -> URL:
        """Where the key store is."""
        url = make_url(self.database_url)
        return make_url(self.keys_url) if self.keys_url else keys_url_beside(url)

    @property
    def secret_key_variable(self) -> str:
        """The variable that the secret key came from."""
        return variable_name("secret_key" if self.secret_key_file is None else "secret_key_file")

    @property
    def periods(self) -> Periods:
        """How long things are kept."""
        return Periods(
            reflections_months=self.keep_reflections_months,
            silent_months=self.keep_silent_months,
            notice_days=self.keep_notice_days,
            # What was written about a challenge, and a story made of it, need the challenge.
            answers_months=max(
                self.keep_answers_months, self.keep_reflections_months, self.keep_digests_months
            ),
            digests_months=self.keep_digests_months,
            absences_months=self.keep_absences_months,
            receipts_days=self.keep_receipts_days,
            invitations_days=self.keep_invitations_days,
            set_aside_days=self.keep_set_aside_days,
        )

    def of_channel(self, name: str, kind: type[S]) -> S:
        """Returns the settings of one channel.

        Raises:
            TypeError: these settings were not read with that channel registered.
        """
        settings = getattr(self, name, None)
        if not isinstance(settings, kind):
            raise TypeError(f"there are no {kind.__name__} for {name}")
        return settings

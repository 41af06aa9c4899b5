"""The settings: the only place that reads the environment and `.env`."""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.languages.registry import default_tag, quoted_choices, tags
from bot.store.members.vault import key_bytes

PREFIX = "OLIEVLEK_"
SECRETS = frozenset(
    {
        "SECRET_KEY",
        "TELEGRAM_TOKEN",
        "TELEGRAM_WEBHOOK_SECRET",
        "MATRIX_PASSWORD",
        "MATRIX_ACCESS_TOKEN",
        "DATABASE_URL",  # may hold a password
    }
)


class ConfigError(Exception):
    """The configuration cannot be used; `lines` say which settings to mend, and how."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        super().__init__("; ".join(self.lines))


def _language(tag: str) -> str:
    if tag not in tags():
        raise ValueError(f"should be otherwise: input should be {quoted_choices()}")
    return tag


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("should be an IANA time zone, such as Europe/Amsterdam")
    return name


def usable_url(url: str) -> str:
    """The URL of a database that can be used.

    Raises:
        ValueError: it is no URL, or of another kind.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):  # whose words may hold a part of the password
        raise ValueError(
            "should be a database URL, such as sqlite+aiosqlite:///f.db;"
            " in a password write @ as %40, : as %3A and / as %2F"
        ) from None
    if "sslmode" in parts.query:
        raise ValueError("should say ssl=require where it says sslmode=require")
    if parts.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise ValueError("should begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
    return url


def _secret_key(key: SecretStr | None) -> SecretStr | None:
    if key is not None:
        try:
            key_bytes(key.get_secret_value())
        except ValueError as error:
            raise ValueError("should be the output of `olievlek keys new`") from error
    return key


def _web_address(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("should begin with http:// or https://")
    return url


def _matrix_user(user: str) -> str:
    if user and not re.fullmatch(r"@[^:\s]+:\S+|[a-z0-9._=/+-]+", user):
        raise ValueError("should be a user id, such as @olievlek:example.org")
    return user


def _matrix_servers(names: str) -> str:
    if re.search(r"[/@]|[^\s,]\s+[^\s,]", names):
        raise ValueError("should be names such as example.org, with commas between them")
    return names


def _webhook_secret(secret: SecretStr | None) -> SecretStr | None:
    # https://core.telegram.org/bots/api#setwebhook
    if secret is not None and not re.fullmatch(
        r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value(), re.ASCII
    ):
        raise ValueError("should be 16 to 256 letters, digits, _ or -")
    return secret


class Settings(BaseSettings):
    """Every setting, under its name without `OLIEVLEK_`, in small letters."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", env_ignore_empty=True
    )

    database_url: Annotated[str, AfterValidator(usable_url)] = "sqlite+aiosqlite:///olievlek.db"
    data_dir: Path = Path()
    secret_key: Annotated[SecretStr | None, AfterValidator(_secret_key)] = None
    language: Annotated[str, AfterValidator(_language)] = default_tag()
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Amsterdam"
    telegram_token: SecretStr | None = None
    telegram_api_url: Annotated[str, AfterValidator(_web_address)] = "https://api.telegram.org"
    telegram_per_second: Annotated[int, Field(ge=1, le=1000)] = 30
    telegram_webhook_url: Annotated[str, AfterValidator(_web_address)] = ""
    telegram_webhook_secret: Annotated[SecretStr | None, AfterValidator(_webhook_secret)] = None
    matrix_homeserver: Annotated[str, AfterValidator(_web_address)] = ""
    matrix_user: Annotated[str, AfterValidator(_matrix_user)] = ""
    matrix_password: SecretStr | None = None
    matrix_access_token: SecretStr | None = None
    matrix_allowed_servers: Annotated[str, AfterValidator(_matrix_servers)] = ""
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: Annotated[str, AfterValidator(_web_address)] = ""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    min_group_size: Annotated[int, Field(ge=1)] = 4


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        ConfigError: one line for each setting that is misspelt or malformed.
    """
    try:
        wrong = list(_misspelt({**dotenv_values(".env"), **os.environ}))
        settings = Settings()
    except UnicodeDecodeError as error:
        raise ConfigError(
            [".env is no text in UTF-8; write it anew with `olievlek init`"]
        ) from error
    except ValidationError as error:
        lines = [_line(dict(found)) for found in error.errors()]
        raise ConfigError([*wrong, *lines]) from None
    if wrong:
        raise ConfigError(wrong)
    return settings


def require(settings: Settings, *names: str) -> None:
    """Checks that these settings, which have no default, are set.

    Raises:
        ConfigError: one line for each that is not.
    """
    how = {
        "secret_key": "make one with `olievlek keys new`",
        "telegram_token": "get one from @BotFather on Telegram",
        "telegram_webhook_secret": "it is how Telegram shows that a delivery is its own",
        "matrix_user": "it is the account the bot uses, such as @olievlek:example.org",
    }
    missing = [name for name in names if not getattr(settings, name)]
    if missing:
        raise ConfigError(f"{PREFIX}{name.upper()} is not set; {how[name]}" for name in missing)


def _misspelt(environment: Mapping[str, Any]) -> Iterable[str]:
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in environment:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = get_close_matches(name.upper(), known, n=1, cutoff=0.8)
            hint = f"; do you mean {close[0]}?" if close else "; the settings are in .env.example"
            yield f"{name} is no setting{hint}"


def _line(found: Mapping[str, Any]) -> str:
    name = str(found["loc"][0]).upper()
    problem = str(found["msg"]).removeprefix("Value error, ")
    if not problem.startswith("should"):
        problem = f"should be otherwise: {problem[0].lower()}{problem[1:]}"
    shown = "has a value that is not shown here" if name in SECRETS else f"is {found['input']!r}"
    return f"{PREFIX}{name} {shown}; {problem}"

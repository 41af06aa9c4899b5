"""The settings: the only place that reads the environment and `.env`."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args
from zoneinfo import available_timezones

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PrivateAttr,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError
from sqlalchemy.engine import URL, make_url

from bot.channels import registry
from bot.channels.push import usable_push_key
from bot.channels.service import ChannelSettings
from bot.core.retention import DEFAULT_PERIODS, Periods
from bot.core.team_board import MIN_GROUP_SIZE, SMALLEST_GROUP
from bot.database_urls import absolute_url, usable_keys_url, usable_url
from bot.env_file import VARIABLE as ENV_FILE_VARIABLE
from bot.env_file import env_file, named_env_file
from bot.environment import (
    PREFIX,
    Contact,
    MayHoldPassword,
    Networks,
    SettingsSection,
    WebAddress,
    WrongValue,
    variable_name,
)
from bot.languages.registry import default_tag, tags
from bot.languages.sentences import Choice, Hint, Joined, Sentence, Text
from bot.masking import mask, url_passwords
from bot.store.db.engine import keys_url_beside, sqlite_file
from bot.store.keys.key_file import read_key_file
from bot.store.keys.master_key import WeakKey, key_bytes
from bot.web.organisation.settings import OidcSettings

S = TypeVar("S", bound=ChannelSettings)


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
    if name not in available_timezones():
        raise WrongValue(Sentence("setting.time_zone"))
    return name


def _secret_key(key: SecretStr | None) -> SecretStr | None:
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
        AfterValidator(_secret_key),
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


class Variable(NamedTuple):
    """One setting, as the environment has it: its path in the settings, and its field."""

    path: tuple[str, ...]
    field: FieldInfo

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return variable_name(*self.path)

    @property
    def is_secret(self) -> bool:
        """Whether all of its value is a secret."""
        kind = self.field.annotation
        return SecretStr in (kind, *get_args(kind))

    @property
    def is_shown(self) -> bool:
        """Whether a message may show its value."""
        held = any(isinstance(mark, MayHoldPassword) for mark in self.field.metadata)
        return not (self.is_secret or held)


def settings_model() -> type[Settings]:
    """Returns the settings of the program and of all registered channels."""
    of_channels: dict[str, Any] = {}
    for channel in registry.channels():
        if channel.service is not None:
            kind = channel.service().settings
            of_channels[channel.name] = (kind, Field(default_factory=kind))
    return create_model("Settings", __base__=Settings, **of_channels)


def variables(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[Variable]:
    """Yields all settings of a model, those of the channels among them."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, SettingsSection):
            yield from variables(kind, (*path, name))
        else:
            yield Variable((*path, name), field)


def shown_values(settings: Settings) -> list[tuple[str, str | None]]:
    """Returns each setting by its name in the environment, as it is; None: it may hold a secret."""
    shown: list[tuple[str, str | None]] = []
    for variable in variables(type(settings)):
        value: Any = reduce(getattr, variable.path, settings)
        text = "" if value is None else mask(str(value))
        shown.append((variable.name, text if variable.is_shown else None))
    return shown


def read_settings() -> Settings:
    """Returns the settings of this process, and hides its secrets in all that is printed.

    Raises:
        ConfigError: one line for each setting that is misspelt or malformed.
    """
    model = settings_model()
    known = {variable.name: variable for variable in variables(model)}
    wrong: list[Text] = []
    file = env_file()
    if named_env_file() and not file.is_file():
        raise ConfigError([Sentence("config.no_env_file", name=ENV_FILE_VARIABLE, file=file)])
    try:
        environment = {**dotenv_values(file), **os.environ}
        # Before anything is validated: an error's text may contain the value.
        mask.add(_secrets_in(environment, known))
        wrong += _misspelt(environment, list(known))
        settings = model(_env_file=file)  # type: ignore[call-arg]  # as pydantic has it
    except UnicodeDecodeError as error:
        raise ConfigError([Sentence("config.not_utf8", file=file)]) from error
    except OSError as error:
        trouble = error.strerror
        raise ConfigError([Sentence("config.env_file", file=file, trouble=trouble)]) from error
    except ValidationError as error:
        lines = [_line(dict(fault), known) for fault in error.errors()]
        raise ConfigError([*wrong, *lines]) from None
    except SettingsError:
        # A channel's name alone, such as OLIEVLEK_TELEGRAM; `_misspelt` has reported it.
        raise ConfigError(wrong) from None
    if wrong:
        raise ConfigError(wrong)
    return _with_key_of_file(_placed(settings, file))


def _placed(settings: Settings, file: Path) -> Settings:
    """Returns the settings with absolute paths, which count from the folder of the settings file.

    Without that file they count from the current folder.
    """
    folder = file.parent if file.is_file() else Path.cwd()
    places: dict[str, object] = {
        "database_url": absolute_url(settings.database_url, folder),
        "data_dir": folder / settings.data_dir,
    }
    if settings.keys_url:
        places["keys_url"] = absolute_url(settings.keys_url, folder)
    for name in ("secret_key_file", "theme_dir", "backup_dir", "backup_keys_dir"):
        if (path := getattr(settings, name)) is not None:
            places[name] = folder / path
    placed = settings.model_copy(update=places)
    placed._names_database = "database_url" in settings.model_fields_set
    return placed


def _with_key_of_file(settings: Settings) -> Settings:
    """Returns the settings with the secret key out of its file, if that is set.

    Raises:
        ConfigError: the key is set twice, or there is none in the file; or the keys would be in
            the file of the data.
    """
    keys_file = sqlite_file(make_url(settings.keys_url)) if settings.keys_url else None
    if keys_file is not None and keys_file == sqlite_file(make_url(settings.database_url)):
        names = {"name": variable_name("keys_url"), "data": variable_name("database_url")}
        raise ConfigError([Sentence("config.keys_in_data", **names)])
    if settings.secret_key_file is None:
        return settings
    name, file = variable_name("secret_key_file"), settings.secret_key_file
    if settings.secret_key is not None:
        raise ConfigError(
            [Sentence("config.two_keys", name=variable_name("secret_key"), other=name)]
        )
    try:
        key = SecretStr(read_key_file(file))
        mask.add([key.get_secret_value()])
        return settings.model_copy(update={"secret_key": _secret_key(key)})
    except (OSError, UnicodeDecodeError) as error:
        trouble = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(
            [Sentence("config.key_file", name=name, file=file, trouble=trouble)]
        ) from error
    except WrongValue as error:
        raise ConfigError(
            [Sentence("setting.wrong_secret", name=name, remedy=error.remedy)]
        ) from error


def remedy_for(path: tuple[str, ...], value: str) -> Sentence | None:
    """Returns what the setting at `path` should hold instead of a value; None: it may hold that."""
    field = next(each.field for each in variables(settings_model()) if each.path == path)
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        TypeAdapter[Any](kind).validate_python(value)
    except ValidationError as error:
        return _remedy(dict(error.errors()[0]))
    return None


def missing_line(
    known: Mapping[str, FieldInfo], names: Sequence[str], path: tuple[str, ...] = ()
) -> Sentence:
    """Returns the line for a setting that is not set, with how to get it.

    Args:
        known: the fields of the model that it is in.
        names: the setting; several of which one is enough.
        path: where that model is in the settings.
    """
    variable, *others = [variable_name(*path, name) for name in names]
    if others:
        return Sentence("config.one_of", names=Choice([variable, *others]))
    hint = Hint(str(known[names[0]].description))
    return Sentence("config.not_set", name=variable, hint=hint)


def _secrets_in(
    environment: Mapping[str, str | None], known: Mapping[str, Variable]
) -> Iterator[str]:
    """Yields the values of secret settings, and the passwords in URLs of all others."""
    for name, value in environment.items():
        if name.upper().startswith(PREFIX) and value:
            variable = known.get(name.upper())
            if variable is not None and variable.is_secret:
                yield value
            yield from url_passwords(value)


def _misspelt(environment: Iterable[str], known: Sequence[str]) -> Iterator[Sentence]:
    for name in environment:
        if name.upper().startswith(PREFIX) and name.upper() not in (*known, ENV_FILE_VARIABLE):
            close = get_close_matches(name.upper(), known, n=1, cutoff=0.8)
            if close:
                yield Sentence("config.misspelt", name=name, close=close[0])
            else:
                yield Sentence("config.unknown", name=name)


# The errors of pydantic that a setting of ours can cause; each has a message `setting.…`.
TRANSLATED = frozenset(
    {"int_parsing", "bool_parsing", "greater_than_equal", "less_than_equal", "literal_error"}
)


def _line(fault: Mapping[str, Any], known: Mapping[str, Variable]) -> Sentence:
    """Returns the line for one of pydantic's errors."""
    name = variable_name(*map(str, fault["loc"]))
    if name in known and known[name].is_shown:
        value = mask(repr(fault["input"]))
        return Sentence("setting.wrong", name=name, value=value, remedy=_remedy(fault))
    return Sentence("setting.wrong_secret", name=name, remedy=_remedy(fault))


def _remedy(fault: Mapping[str, Any]) -> Sentence:
    """Returns what the setting should hold."""
    details = dict(fault.get("ctx", {}))
    if isinstance(error := details.get("error"), WrongValue):
        return error.remedy
    if fault["type"] in TRANSLATED:
        return Sentence(f"setting.{fault['type']}", **details)
    if error is not None:  # of a channel that is not among ours
        return Sentence("setting.said", remedy=mask(str(error)))
    return Sentence("setting.otherwise", problem=mask(fault["msg"]))

"""Reading the settings: the only place that reads the environment and `.env`."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError
from sqlalchemy.engine import make_url

from bot.channels import registry
from bot.config.database_urls import absolute_url
from bot.config.env_file import VARIABLE as ENV_FILE_VARIABLE
from bot.config.env_file import env_file, named_env_file
from bot.config.environment import (
    PREFIX,
    MayHoldPassword,
    SettingsSection,
    WrongValue,
    variable_name,
)
from bot.config.settings import ConfigError, Settings, usable_secret_key
from bot.languages.sentences import Choice, Hint, Sentence, Text
from bot.masking import mask, url_passwords
from bot.store.db.engine import sqlite_file
from bot.store.keys.key_file import read_key_file


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
        return settings.model_copy(update={"secret_key": usable_secret_key(key)})
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

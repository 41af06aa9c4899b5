"""`olievlek init`: the first settings, asked and written, with a key that is never lost."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from errno import EACCES
from itertools import chain, count
from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values
from sqlalchemy.engine import make_url

from bot.cli.shared.common import refusals_told
from bot.cli.shared.language import operator_language, say
from bot.cli.shared.options import WRONG
from bot.cli.shared.output import confirmed, print_message, print_refusal
from bot.config.database_urls import absolute_url, usable_url
from bot.config.env_file import env_file
from bot.config.environment import WrongValue, variable_name
from bot.config.reading import remedy_for
from bot.config.settings import Settings
from bot.languages.registry import tags
from bot.languages.sentences import Choice, Sentence
from bot.private_files import write_private
from bot.store.db.engine import keys_url_beside, sqlite_file
from bot.store.db.errors import OperationRefused
from bot.store.keys.key_file import fingerprint_in
from bot.store.keys.master_key import MasterKey, new_secret_key

KEY, KEY_FILE = variable_name("secret_key"), variable_name("secret_key_file")
TOKEN = variable_name("telegram", "token")
LANGUAGE, ZONE = variable_name("language"), variable_name("time_zone")
KEPT_SUFFIX = ".before-init"


def init(
    file: Annotated[
        Path | None, typer.Option(metavar="metavar.file", help="option.init_file")
    ] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="option.new_key")] = False,
) -> None:
    """Asks a few questions and writes .env, with a key; one that is there is kept."""
    with refusals_told():
        code = _init((file or env_file()).absolute(), new_key)
    if code:
        raise typer.Exit(code)


def _init(file: Path, new_key: bool) -> int:
    before = _settings_in(file)
    has_key = bool(before.get(KEY) or before.get(KEY_FILE))
    if not (has_key or new_key):
        _refuse_second_key(file, before)
    _require_writable(file)
    question = "ask.overwrite_key" if new_key else "ask.overwrite"
    if file.exists() and not confirmed(question, file=file):
        return WRONG
    settings = _ask(before)
    kept = _keep_copy(file)
    key = new_secret_key() if new_key or not has_key else None
    if key is not None:
        settings = {KEY: key, **({KEY_FILE: ""} if before.get(KEY_FILE) else {}), **settings}
    _write(file, settings)
    if kept is not None:
        print_message("done.init_kept", file=kept)
    if key is None:
        print_message("done.init_same_key", file=file)
    else:
        print_message("done.init", file=file, fingerprint=MasterKey(key).fingerprint)
    if kept is not None and key is not None and has_key:
        print_refusal("done.init_old_key", file=kept)
    return 0


def _settings_in(file: Path) -> dict[str, str | None]:
    """Returns what stands in a file; nothing if there is none.

    Raises:
        OperationRefused: it cannot be read, so nobody knows what would be lost.
    """
    try:
        return {name.upper(): value for name, value in dotenv_values(file).items()}
    except UnicodeDecodeError as error:
        raise OperationRefused(Sentence("config.not_utf8", file=file)) from error
    except OSError as error:
        unreadable = Sentence("config.env_file", file=file, trouble=error.strerror)
        raise OperationRefused(unreadable) from error


def _refuse_second_key(file: Path, before: Mapping[str, str | None]) -> None:
    """Refuses to make a key where the keys of a database are.

    Raises:
        OperationRefused: a new key would open nothing of it.
    """
    settings = {**before, **os.environ}
    if settings.get(KEY) or settings.get(KEY_FILE):
        return  # the environment has it
    for store in _key_stores(settings, file.parent):
        if fingerprint := fingerprint_in(store):
            raise OperationRefused(
                Sentence("refused.second_key", file=store, fingerprint=fingerprint)
            )


def _key_stores(settings: Mapping[str, str | None], folder: Path) -> Iterator[Path | None]:
    """Yields where the keys of a database on SQLite may be."""
    default = Settings.model_fields["database_url"].default
    data = settings.get(variable_name("database_url")) or default
    with suppress(WrongValue):  # which whatever needs the database reports
        yield sqlite_file(keys_url_beside(make_url(absolute_url(usable_url(data), folder))))
    with suppress(WrongValue):
        if keys := settings.get(variable_name("keys_url")):
            yield sqlite_file(make_url(absolute_url(usable_url(keys), folder)))


def _require_writable(file: Path) -> None:
    """Checks, before anything is asked, that the file can be written.

    Raises:
        OperationRefused: it cannot.
    """
    if file.is_dir() or not file.parent.is_dir():
        raise OperationRefused(Sentence("refused.no_folder", file=file))
    if not os.access(file.parent, os.W_OK | os.X_OK):
        error = PermissionError(EACCES, os.strerror(EACCES))
        unwritable = Sentence("refused.unwritable", file=file, trouble=error.strerror)
        raise OperationRefused(unwritable) from error


# -- the questions


def _ask(before: Mapping[str, str | None]) -> dict[str, str]:
    """Returns the answers by the names of the settings; asks again what cannot be."""
    token = say("ask.token_again" if before.get(TOKEN) else "ask.token")
    language = before.get(LANGUAGE) or operator_language().tag
    zone = before.get(ZONE) or Settings.model_fields["time_zone"].default
    return {
        TOKEN: _asked(("telegram", "token"), token, "") or before.get(TOKEN) or "",
        LANGUAGE: _asked(("language",), say("ask.language", tags=Choice(tags())), language),
        ZONE: _asked(("time_zone",), say("ask.time_zone"), zone),
    }


def _asked(path: tuple[str, ...], question: str, default: str) -> str:
    while True:
        answer = typer.prompt(question, default=default, show_default=bool(default)).strip()
        remedy = remedy_for(path, answer) if answer else None
        if remedy is None:
            return str(answer)
        print_refusal("setting.part", name=variable_name(*path), remedy=remedy)


# -- the file


def _keep_copy(file: Path) -> Path | None:
    """Copies the file under a name that is free, for its owner alone; None: there is none."""
    if not file.exists():
        return None
    names = chain([KEPT_SUFFIX], (f"{KEPT_SUFFIX}-{number}" for number in count(2)))
    kept = next(
        copy for name in names if not (copy := file.with_name(f"{file.name}{name}")).exists()
    )
    write_private(kept, file.read_bytes())
    return kept


def _write(file: Path, settings: Mapping[str, str]) -> None:
    """Writes settings, readable by their owner alone; all other lines of the file stay."""
    lines = file.read_text().splitlines() if file.exists() else []
    others = [line for line in lines if _name_in(line) not in settings]
    new = [f"{name}={value}" for name, value in settings.items()]
    write_private(file, "".join(f"{line}\n" for line in [*new, *others]).encode())


def _name_in(line: str) -> str:
    words = line.partition("=")[0].split()  # perhaps after "export"
    return words[-1].upper() if words else ""

"""The commands about files with a set: without a database, a channel or what takes long to load."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bot.conversation.render import set_faults
from bot.conversation.words import Words
from bot.core.challenge import ChallengeSet
from bot.languages.registry import default_tag, tags
from bot.set_files.reader import read_set
from bot.set_files.validation import SetFaults

OK, WRONG = 0, 1


def sets_check(files: Sequence[Path]) -> int:
    """Tells every fault of every file on standard error."""
    code = OK
    for file in files:
        if (found := read_or_print_faults(file)) is None:
            code = WRONG
        else:
            typer.echo(f"{file}: ok ({len(found.challenges)})")
    return code


def read_or_print_faults(file: Path) -> ChallengeSet | None:
    """The set in a file; None: its faults are told on standard error."""
    try:
        return read_set(file)
    except SetFaults as error:
        for line in set_faults.fault_lines(str(file), error, Words(_language())):
            typer.echo(line, err=True)
        return None


def sets_template(files: Mapping[str, Path], overwrite: bool) -> int:
    """Writes the example as a file of each kind, unless one of them is there already."""
    from bot.set_files import template

    if there := [file for file in files.values() if file.exists() and not overwrite]:
        for file in there:
            typer.echo(f"{file} is there already; --overwrite replaces it", err=True)
        return WRONG
    for kind, file in files.items():
        try:
            file.write_bytes(template.KINDS[kind]())
        except OSError as error:
            typer.echo(f"{file} cannot be written ({error.strerror})", err=True)
            return WRONG
        typer.echo(f"{file} is written. Next: olievlek sets check {file}")
    return OK


class _LanguageSetting(BaseSettings):
    """The one setting that matters to a file; loading all of them takes longer than the check."""

    model_config = SettingsConfigDict(
        env_prefix="OLIEVLEK_", env_file=".env", extra="ignore", env_ignore_empty=True
    )
    language: str = default_tag()


def _language() -> str:
    try:
        language = _LanguageSetting().language
    except (ValidationError, SettingsError, OSError, UnicodeError):
        return default_tag()  # a file can be checked without any configuration
    return language if language in tags() else default_tag()

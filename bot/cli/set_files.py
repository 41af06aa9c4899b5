"""`olievlek sets` for files: without the database, the channels or all settings, so at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bot.cli.shared.options import OK, WRONG
from bot.conversation.render import set_faults
from bot.conversation.words import Words
from bot.core.challenge import ChallengeSet
from bot.languages.registry import default_tag, tags
from bot.set_files.reader import read_set
from bot.set_files.validation import SetFaults


def sets_check(
    files: Annotated[list[Path], typer.Argument(help="Challenge sets: YAML, XLSX, ODS or CSV.")],
) -> None:
    """Validate challenge sets, a line a fault. Example: olievlek sets check prompts/*.yaml."""
    code = OK
    for file in files:
        challenge_set = read_or_print_faults(file)
        if challenge_set is None:
            code = WRONG
        else:
            typer.echo(f"{file}: ok ({len(challenge_set.challenges)})")
    raise typer.Exit(code)


def read_or_print_faults(file: Path) -> ChallengeSet | None:
    """Returns the set in a file; None after printing its faults on standard error."""
    try:
        return read_set(file)
    except SetFaults as error:
        for line in set_faults.fault_lines(str(file), error, Words(_language())):
            typer.echo(line, err=True)
        return None


def sets_template(
    xlsx: Annotated[Path | None, typer.Option(help="Where to write it for Excel.")] = None,
    ods: Annotated[
        Path | None, typer.Option(help="Where to write it for LibreOffice (ODS).")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Where to write it as CSV.")] = None,
    yaml: Annotated[Path | None, typer.Option(help="Where to write it as YAML.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Write an example to begin with. Example: olievlek sets template --xlsx mijn-set.xlsx."""
    options = {"xlsx": xlsx, "ods": ods, "csv": csv, "yaml": yaml}
    files = {kind: file for kind, file in options.items() if file is not None}
    if not files:
        raise typer.BadParameter("name a file: --xlsx FILE, --ods FILE, --csv FILE or --yaml FILE")
    raise typer.Exit(_write_templates(files, overwrite))


def _write_templates(files: Mapping[str, Path], overwrite: bool) -> int:
    """Writes the example as a file of each kind; none of them if one would be overwritten."""
    from bot.set_files.template import KINDS  # loads openpyxl, which `sets check` seldom needs

    if existing := [file for file in files.values() if file.exists() and not overwrite]:
        for file in existing:
            typer.echo(f"{file} is there already; --overwrite replaces it", err=True)
        return WRONG
    for kind, file in files.items():
        try:
            file.write_bytes(KINDS[kind]())
        except OSError as error:
            typer.echo(f"{file} cannot be written ({error.strerror})", err=True)
            return WRONG
        typer.echo(f"{file} is written. Next: olievlek sets check {file}")
    return OK


def sets_schema() -> None:
    """Print the JSON Schema of a set, for editors. Example: olievlek sets schema > set.json."""
    from bot.set_files.json_schema import schema_text  # as above

    typer.echo(schema_text(), nl=False)


class _LanguageSetting(BaseSettings):
    """The one setting that matters to a file; loading all of them takes longer than the check."""

    model_config = SettingsConfigDict(
        env_prefix="OLIEVLEK_", env_file=".env", extra="ignore", env_ignore_empty=True
    )
    language: str = default_tag()


def _language() -> str:
    """Returns the language that is set; the default if that is wrong, as a file needs none."""
    try:
        language = _LanguageSetting().language
    except (ValidationError, SettingsError, OSError, UnicodeError):
        return default_tag()
    return language if language in tags() else default_tag()

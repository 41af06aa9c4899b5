"""`olievlek sets` for files: without the database, the channels or all settings, so at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared.language import operator_language, say
from bot.cli.shared.options import OK, WRONG
from bot.cli.shared.output import print_message, print_refusal
from bot.conversation.render import set_faults
from bot.conversation.words import Words
from bot.core.challenges.challenge import ChallengeSet
from bot.set_files.reader import read_set
from bot.set_files.validation import SetFaults


def sets_check(
    files: Annotated[list[Path], typer.Argument(metavar="metavar.files", help="option.set_files")],
) -> None:
    """Validates challenge sets, a line a fault."""
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
        for line in set_faults.fault_lines(str(file), error, Words(operator_language().tag)):
            typer.echo(line, err=True)
        return None


def sets_template(
    xlsx: Annotated[Path | None, typer.Option(metavar="metavar.file", help="option.xlsx")] = None,
    ods: Annotated[Path | None, typer.Option(metavar="metavar.file", help="option.ods")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="metavar.file", help="option.csv")] = None,
    yaml: Annotated[Path | None, typer.Option(metavar="metavar.file", help="option.yaml")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="option.overwrite")] = False,
) -> None:
    """Writes an example to begin with."""
    options = {"xlsx": xlsx, "ods": ods, "csv": csv, "yaml": yaml}
    files = {kind: file for kind, file in options.items() if file is not None}
    if not files:
        raise typer.BadParameter(say("mistake.no_template"))
    raise typer.Exit(_write_templates(files, overwrite))


def _write_templates(files: Mapping[str, Path], overwrite: bool) -> int:
    """Writes the example as a file of each kind; none of them if one would be overwritten."""
    from bot.set_files.template import KINDS  # loads openpyxl, which `sets check` seldom needs

    if existing := [file for file in files.values() if file.exists() and not overwrite]:
        for file in existing:
            print_refusal("refused.template_exists", file=file)
        return WRONG
    for kind, file in files.items():
        try:
            file.write_bytes(KINDS[kind]())
        except OSError as error:
            from bot.cli.shared.common import exit_code_for  # loads the database, as above

            print_refusal("refused.unwritable", file=file, trouble=error.strerror)
            return exit_code_for(error)
        print_message("done.template", file=file)
    return OK


def sets_schema() -> None:
    """Prints the JSON Schema of a set, for editors."""
    from bot.set_files.json_schema import schema_text  # as above

    typer.echo(schema_text(), nl=False)

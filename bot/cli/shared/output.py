"""What an operator reads and is asked: rows as a table or as JSON, questions, and errors."""

import json
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Error as SQLiteError
from typing import Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.shared.language import say, spoken
from bot.cli.shared.options import WRONG
from bot.config.settings import ConfigError
from bot.languages.sentences import Sentence, Text
from bot.masking import mask
from bot.private_files import write_private
from bot.store.db.errors import OperationRefused

NO_RIGHT = "42501"  # PostgreSQL's insufficient_privilege
WIDEST = 100_000  # columns of a table that goes to a file or another program


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Prints rows as a table, or as JSON, whose keys are the same in any language.

    A key `team` has the heading of the message `column.team`.
    """
    if as_json:
        typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2, default=_plain))
        return
    from rich.console import Console  # here: `olievlek run` prints no table, and keeps 8 MB
    from rich.table import Table

    headings = [say(f"column.{key}") for key in rows[0]] if rows else [say("column.nothing")]
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    # A cell that does not fit on a screen is continued below; what is no screen has no width.
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDEST)
        console.width = console.measure(table).maximum
    console.print(table)


def _plain(value: object) -> str:
    return str(value)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return say("value.yes" if value else "value.no")
        case list():
            return ", ".join(str(item) for item in value)
        case Text():
            return spoken(value)
    return str(value)


def print_message(key: str, /, **values: object) -> None:
    """Prints the message `key` on standard output."""
    typer.echo(say(key, **values))


def print_refusal(key: str, /, **values: object) -> int:
    """Prints the message `key` on standard error; returns the exit code."""
    typer.echo(say(key, **values), err=True)
    return WRONG


def confirmed(key: str, /, **values: object) -> bool:
    """Asks the message `key`; returns whether the answer is yes, in English or in their language.

    An empty answer means no.
    """
    answers = {
        **dict.fromkeys((*say("answer.yes").split(), "y", "yes"), True),
        **dict.fromkeys((*say("answer.no").split(), "n", "no", ""), False),
    }
    question = f"{say(key, **values)} [{say('answer.short')}]"
    while True:
        answer = typer.prompt(question, default="", show_default=False).strip().lower()
        if answer in answers:
            return answers[answer]
        print_refusal("answer.unclear")


def print_error(error: BaseException) -> None:
    """Prints an error on standard error; a configuration error has a line for each setting."""
    lines = map(spoken, error.lines) if isinstance(error, ConfigError) else [error_line(error)]
    for line in lines:
        typer.echo(mask(f"olievlek: {line}"), err=True)


def error_line(error: BaseException) -> str:
    """Returns an error as a line, with secrets masked.

    No other function of the command line makes text of an error.
    """
    if isinstance(error, OperationRefused):
        return mask(spoken(error.reason))
    if isinstance(error, SQLAlchemyError | SQLiteError):
        if str(getattr(getattr(error, "orig", None), "sqlstate", "")) == NO_RIGHT:
            return say("config.no_right", trouble=mask(str(getattr(error, "orig", error))))
        return say("config.database_error", trouble=mask(str(getattr(error, "orig", error))))
    if isinstance(error, OSError) and error.strerror:
        if error.filename is None:
            return error.strerror
        return mask(say("refused.file", file=error.filename, trouble=error.strerror))
    return mask(str(error))


def unknown_team(name: str) -> int:
    """Prints that there is no such team; returns the exit code."""
    return print_refusal("missing.team", name=name)


def write_file(file: Path, content: bytes) -> None:
    """Writes a file that only its owner may read, and says so on standard error.

    Raises:
        OperationRefused: it cannot be written.
    """
    try:
        write_private(file, content)
    except OSError as error:
        raise OperationRefused(
            Sentence("refused.unwritable", file=file, trouble=error.strerror)
        ) from error
    typer.echo(say("done.written", file=file), err=True)

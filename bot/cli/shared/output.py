"""What an operator reads: rows as a table or as JSON, and errors."""

import json
from collections.abc import Sequence
from sqlite3 import Error as SQLiteError
from typing import Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.shared.options import WRONG
from bot.masking import mask
from bot.settings import ConfigError


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Prints rows as a table, or as JSON."""
    if as_json:
        typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
        return
    from rich.console import Console  # here: `olievlek run` prints no table, and keeps 8 MB
    from rich.table import Table

    table = Table(*(rows[0] if rows else ["nothing"]))
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    Console().print(table)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def print_error(error: BaseException) -> None:
    """Prints an error on standard error; a configuration error has a line for each setting."""
    lines = error.lines if isinstance(error, ConfigError) else [error_line(error)]
    for line in lines:
        typer.echo(mask(f"olievlek: {line}"), err=True)


def error_line(error: BaseException) -> str:
    """Returns an error as a line, with secrets masked.

    No other function of the command line makes text of an error.
    """
    if isinstance(error, SQLAlchemyError | SQLiteError):
        reason = mask(str(getattr(error, "orig", error)))
        return f"the database cannot be used now ({reason}); try again"
    return mask(str(error))


def unknown_team(name: str) -> int:
    """Prints that there is no such team; returns the exit code."""
    typer.echo(f"there is no team {name!r}; see `olievlek team list`", err=True)
    return WRONG

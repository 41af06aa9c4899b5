"""`olievlek db`: the database, brought up to date, copied and moved."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.engine import URL, make_url

from bot.cli.shared.common import asynchronous
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG, AsJson
from bot.cli.shared.output import print_error, print_rows
from bot.logs import set_up_logs
from bot.settings import ConfigError, read_settings, usable_url
from bot.startup import open_database, supported_database
from bot.store.admin import backup, copy, restore
from bot.store.db import migrate
from bot.store.db.engine import sqlite_file
from bot.store.db.errors import OperationRefused
from bot.store.db.single_instance import single_instance

app = command_group()


@app.command("upgrade")
@asynchronous
async def db_upgrade() -> int:
    """Bring the database up to date. Example: olievlek db upgrade."""
    async with open_database(read_settings().database_url) as database:
        try:
            with supported_database():
                before = await migrate.upgrade(database)
        except ConfigError as error:  # the settings are right, but the upgrade was not done
            print_error(error)
            return WRONG
    typer.echo(f"at {before.expected} (was {before.current or 'empty'})")
    return OK


@app.command("status")
@asynchronous
async def db_status(as_json: AsJson = False) -> int:
    """Tell whether the database is up to date. Example: olievlek db status."""
    async with open_database(read_settings().database_url) as database:
        state = await migrate.schema_state(database)
    print_rows(
        [{"current": state.current, "expected": state.expected, "up_to_date": state.up_to_date}],
        as_json,
    )
    return OK if state.up_to_date else WRONG


@app.command("backup")
@asynchronous
async def db_backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
) -> int:
    """Make a copy, also while the bot runs. Example: olievlek db backup monday.db."""
    url = make_url(read_settings().database_url)
    if url.get_backend_name() != "sqlite":
        return _print_shell_command(backup.dump_command(url, file))
    size = backup.back_up(_database_file(url), file, overwrite=overwrite)
    typer.echo(f"{file} is written ({size} bytes)")
    return OK


@app.command("restore")
@asynchronous
async def db_restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> int:
    """Put a backup back; stop the bot first. Example: olievlek db restore monday.db."""
    url = make_url(read_settings().database_url)
    if url.get_backend_name() != "sqlite":
        return _print_shell_command(backup.restore_command(url, file))
    set_up_logs("ERROR", "console")
    place = _database_file(url)
    question = f"Put {file} in the place of {place}? What was noted since then is not in it."
    with single_instance(place):
        restored = await restore.restore(file, place, lambda: yes or typer.confirm(question))
    if restored is None:
        return WRONG
    typer.echo(f"{place} is now {file} (which was at {restored.was})")
    if restored.kept is not None:
        typer.echo(f"what was there is kept as {restored.kept}; delete it when all is well")
    if restored.knew_erasures:
        typer.echo(f"erased again, because they were erased since: {restored.erased}")
    else:
        typer.echo("it is not known who was erased since that backup; erase them again", err=True)
    return OK


@app.command("copy")
@asynchronous
async def db_copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The URL of the database.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The URL of an empty one.")],
    as_json: AsJson = False,
) -> int:
    """Move to another database; stop the bot first.

    Example: olievlek db copy sqlite+aiosqlite:///olievlek.db postgresql+asyncpg://me@host/olievlek.
    """
    set_up_logs("ERROR", "console")
    _check_copy(_usable_url("FROM", source), _usable_url("TO", target))
    progress = _CopyProgress()
    async with (
        open_database(source, "FROM") as source_database,
        open_database(target, "TO") as target_database,
    ):
        with (
            single_instance(source_database.file),
            single_instance(target_database.file),
            progress,
        ):
            counts = await copy.copy_database(source_database, target_database, progress.show)
    print_rows([{"table": name, "rows": count} for name, count in counts.items()], as_json)
    return OK


def _check_copy(source: URL, target: URL) -> None:
    source_file = sqlite_file(source)
    if source == target or (source_file and source_file == sqlite_file(target)):
        raise OperationRefused("FROM and TO are the same database")
    if source_file and not source_file.exists():
        raise OperationRefused(f"there is no database at {source_file}")


class _CopyProgress(ExitStack):
    """A progress bar on standard error, shown from the first copied rows until the end."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn("copying"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._rows = self._bar.add_task("rows", total=None)

    def show(self, done: int, total: int) -> None:
        """Shows that `done` of the `total` rows are copied."""
        if not self._bar.live.is_started:  # a copy that is refused at once shows no bar
            self.enter_context(self._bar)
        self._bar.update(self._rows, completed=done, total=total)


def _usable_url(name: str, text: str) -> URL:
    """Returns the URL of a database that can be used and, on SQLite, has a file.

    Raises:
        ConfigError: it is no such URL; the message calls it `name`.
        OperationRefused: it is a database in memory.
    """
    try:
        url = make_url(usable_url(text))
    except ValueError as error:
        raise ConfigError([f"{name} {error}"]) from error
    if url.get_backend_name() == "sqlite":
        _database_file(url)
    return url


def _database_file(url: URL) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise OperationRefused("a database in memory has no file, and is gone when the bot stops")
    return file


def _print_shell_command(command: str) -> int:
    typer.echo("the database is on PostgreSQL; run this where its programs are:", err=True)
    typer.echo(command)
    return OK

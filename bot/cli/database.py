"""`olievlek db`: the database, brought up to date, copied and moved."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import now
from bot.cli.shared.common import asynchronous
from bot.cli.shared.language import say
from bot.cli.shared.lazy import command_group
from bot.cli.shared.operator import record
from bot.cli.shared.options import OK, WRONG, AsJson
from bot.cli.shared.output import (
    confirmed,
    print_error,
    print_message,
    print_refusal,
    print_rows,
)
from bot.environment import WrongValue
from bot.languages.sentences import Sentence, Text
from bot.logs import set_up_logs
from bot.settings import ConfigError, read_settings, usable_url
from bot.startup import open_database, supported_database
from bot.store.admin import backup, copy, restore
from bot.store.admin.audit import Action
from bot.store.db import migrate
from bot.store.db.engine import sqlite_file
from bot.store.db.errors import OperationRefused
from bot.store.db.single_instance import single_instance

app = command_group()


@app.command("upgrade", help="overview.db_upgrade")
@asynchronous
async def db_upgrade() -> int:
    """Brings the database up to date."""
    async with open_database(read_settings().database_url) as database:
        try:
            with supported_database():
                before = await migrate.upgrade(database)
        except ConfigError as error:  # the settings are right, but the upgrade was not done
            print_error(error)
            return WRONG
    was = before.current or Sentence("value.empty")
    print_message("done.upgraded", revision=before.expected, was=was)
    return OK


@app.command("status", help="overview.db_status")
@asynchronous
async def db_status(as_json: AsJson = False) -> int:
    """Tells whether the database is up to date."""
    async with open_database(read_settings().database_url) as database:
        state = await migrate.schema_state(database)
    print_rows(
        [{"current": state.current, "expected": state.expected, "up_to_date": state.up_to_date}],
        as_json,
    )
    return OK if state.up_to_date else WRONG


@app.command("backup", help="overview.db_backup")
@asynchronous
async def db_backup(
    file: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.backup_file")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="option.overwrite")] = False,
) -> int:
    """Makes a copy, also while the bot runs."""
    url = make_url(read_settings().database_url)
    if url.get_backend_name() != "sqlite":
        return _print_shell_command(backup.dump_command(url, file))
    size = backup.back_up(_database_file(url), file, overwrite=overwrite)
    print_message("done.written_bytes", file=file, size=size)
    return OK


@app.command("restore", help="overview.db_restore")
@asynchronous
async def db_restore(
    file: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.backup")],
    yes: Annotated[bool, typer.Option("--yes", help="option.yes")] = False,
) -> int:
    """Puts a backup back; stop the bot first."""
    url = make_url(read_settings().database_url)
    if url.get_backend_name() != "sqlite":
        return _print_shell_command(backup.restore_command(url, file))
    set_up_logs("ERROR", "console")
    place = _database_file(url)
    with single_instance(place):
        restored = await restore.restore(
            file,
            place,
            lambda: yes or confirmed("ask.restore", file=file, place=place),
            record=_record_restore,
        )
    if restored is None:
        return WRONG
    print_message("done.restored", place=place, file=file, revision=restored.was)
    if restored.kept is not None:
        print_message("done.kept_before", file=restored.kept)
    if restored.knew_erasures:
        print_message("done.erased_again", n=restored.erased)
    else:
        print_refusal("done.erasures_unknown")
    return OK


async def _record_restore(session: AsyncSession) -> None:
    await record(session, Action.RESTORED, "database", now())


@app.command("copy", help="overview.db_copy")
@asynchronous
async def db_copy(
    source: Annotated[str, typer.Argument(metavar="metavar.from", help="option.copy_from")],
    target: Annotated[str, typer.Argument(metavar="metavar.to", help="option.copy_to")],
    as_json: AsJson = False,
) -> int:
    """Moves to another database; stop the bot first."""
    set_up_logs("ERROR", "console")
    _check_copy(_usable_url(copy.SOURCE, source), _usable_url(copy.TARGET, target))
    progress = _CopyProgress()
    async with (
        open_database(source, say("metavar.from")) as source_database,
        open_database(target, say("metavar.to")) as target_database,
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
        raise OperationRefused(
            Sentence("refused.copy_same", source=copy.SOURCE, target=copy.TARGET)
        )
    if source_file and not source_file.exists():
        raise OperationRefused(Sentence("refused.no_database", file=source_file))


class _CopyProgress(ExitStack):
    """A progress bar on standard error, shown from the first copied rows until the end."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn(say("progress.copying")),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._rows = self._bar.add_task("", total=None)

    def show(self, done: int, total: int) -> None:
        """Shows that `done` of the `total` rows are copied."""
        if not self._bar.live.is_started:  # a copy that is refused at once shows no bar
            self.enter_context(self._bar)
        self._bar.update(self._rows, completed=done, total=total)


def _usable_url(name: Text, text: str) -> URL:
    """Returns the URL of a database that can be used and, on SQLite, has a file.

    Raises:
        ConfigError: it is no such URL; the message calls it `name`.
        OperationRefused: it is a database in memory.
    """
    try:
        url = make_url(usable_url(text))
    except WrongValue as error:
        raise ConfigError([Sentence("setting.part", name=name, remedy=error.remedy)]) from error
    if url.get_backend_name() == "sqlite":
        _database_file(url)
    return url


def _database_file(url: URL) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise OperationRefused(Sentence("refused.in_memory"))
    return file


def _print_shell_command(command: str) -> int:
    print_refusal("done.on_postgresql")
    typer.echo(command)
    return OK

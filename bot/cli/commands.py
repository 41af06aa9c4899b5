"""What the commands do, once they are parsed; each returns its exit code."""

import json
import logging
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from sqlite3 import Error as SQLiteError
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot import app as composition
from bot import health
from bot.app import now
from bot.cli.demo import run_demo
from bot.conversation.words import LANGUAGES
from bot.logs import set_up_logs
from bot.settings import ConfigError, Settings, read_settings, require, usable_url
from bot.startup import check_key, open_database
from bot.store.admin import backup, copy, restore
from bot.store.db import migrate
from bot.store.db.engine import Database, OperationRefused, sqlite_file
from bot.store.db.single_instance import single_instance
from bot.store.lifecycle.export import export_of
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow

OK, WRONG = 0, 1
# What may go wrong around us while a command runs, and is no fault of the program.
EXPECTED_ERRORS = (SQLAlchemyError, SQLiteError, OSError, OperationRefused)
# What an address looks like on each channel.
ADDRESSES = {"telegram": r"[1-9]\d*", "matrix": r"@[^:\s]+:\S+", "terminal": r".+"}


def error_line(error: BaseException) -> str:
    """What went wrong around us, in a line."""
    if isinstance(error, SQLAlchemyError | SQLiteError):
        return f"the database cannot be used now ({getattr(error, 'orig', error)}); try again"
    return str(error)


async def demo(database: Path | None, language: str) -> int:
    """Chats in the terminal."""
    if language not in LANGUAGES:
        raise ConfigError([f"--language is {language!r}; should be nl or en"])
    set_up_logs("ERROR", "console", [])
    await run_demo(database, language)
    return OK


async def run() -> int:
    """Runs the bot until it is told to stop."""
    settings = read_settings()
    secrets = [settings.secret_key, settings.telegram_token]
    values = [secret.get_secret_value() for secret in secrets if secret is not None]
    if password := make_url(settings.database_url).password:
        values.append(password)
    set_up_logs(settings.log_level, settings.log_format, values)
    await composition.run(settings)
    return OK


async def check() -> int:
    """Checks everything that can be checked without sending anything."""
    logging.disable(logging.CRITICAL)
    code = OK
    async for what, trouble in health.check(read_settings(), now):
        typer.echo(f"{what}: {trouble or 'ok'}")
        code = WRONG if trouble else code
    return code


def write_env(file: Path, token: str, language: str, zone: str) -> str:
    """Writes the settings, readable by their owner alone; returns what to do next."""
    from bot.store.members.vault import new_secret_key

    lines = {
        "OLIEVLEK_SECRET_KEY": new_secret_key(),
        "OLIEVLEK_TELEGRAM_TOKEN": token,
        "OLIEVLEK_LANGUAGE": language,
        "OLIEVLEK_TIME_ZONE": zone,
    }
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as target:
        target.writelines(f"{name}={value}\n" for name, value in lines.items())
    return f"{file} is written. Keep a copy of the key in a safe place. Next: olievlek check"


async def db_upgrade() -> int:
    """Upgrades the schema."""
    async with open_database(read_settings().database_url) as database:
        try:
            before = await migrate.upgrade(database)
        except migrate.NewerDatabase:
            typer.echo("the database was made by a newer version; upgrade olievlek", err=True)
            return WRONG
    typer.echo(f"at {before.expected} (was {before.current or 'empty'})")
    return OK


async def db_status(as_json: bool) -> int:
    """Tells the state of the schema; 1 when it is behind."""
    async with open_database(read_settings().database_url) as database:
        state = await migrate.schema_state(database)
    print_rows(
        [{"current": state.current, "expected": state.expected, "up_to_date": state.up_to_date}],
        as_json,
    )
    return OK if state.up_to_date else WRONG


async def db_backup(file: Path, overwrite: bool) -> int:
    """Copies a SQLite database while the bot runs; tells what does it on PostgreSQL."""
    url = make_url(read_settings().database_url)
    if url.get_backend_name() != "sqlite":
        return _tell_command(backup.dump_command(url, file))
    size = backup.back_up(_kept_file(url), file, overwrite=overwrite)
    typer.echo(f"{file} is written ({size} bytes)")
    return OK


async def db_restore(file: Path, yes: bool) -> int:
    """Puts a backup in the place of a SQLite database; tells what does it on PostgreSQL."""

    def agreed() -> bool:
        question = f"Put {file} in the place of {place}? What was noted since then is not in it."
        return yes or typer.confirm(question)

    url = make_url(read_settings().database_url)
    if url.get_backend_name() != "sqlite":
        return _tell_command(backup.restore_command(url, file))
    set_up_logs("ERROR", "console", [])
    place = _kept_file(url)
    with single_instance(place):
        done = await restore.restore(file, place, agreed)
    if done is None:
        return WRONG
    typer.echo(f"{place} is now {file} (which was at {done.was})")
    if done.kept is not None:
        typer.echo(f"what was there is kept as {done.kept}; delete it when all is well")
    if done.knew_erasures:
        typer.echo(f"erased again, because they were erased since: {done.erased}")
    else:
        typer.echo("it is not known who was erased since that backup; erase them again", err=True)
    return OK


async def db_copy(source: str, target: str, as_json: bool) -> int:
    """Moves everything to another database, and tells how many rows each table has there."""
    set_up_logs("ERROR", "console", [])
    from_url, to_url = _usable("FROM", source), _usable("TO", target)
    if from_url == to_url or (
        sqlite_file(from_url) and sqlite_file(from_url) == sqlite_file(to_url)
    ):
        raise OperationRefused("FROM and TO are the same database")
    if (file := sqlite_file(from_url)) and not file.exists():
        raise OperationRefused(f"there is no database at {file}")
    bar = Progress(
        TextColumn("copying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    rows = bar.add_task("rows", total=None)
    shown = ExitStack()

    def tell(done: int, total: int) -> None:
        if not bar.live.is_started:  # what is refused at once shows no bar
            shown.enter_context(bar)
        bar.update(rows, completed=done, total=total)

    async with open_database(source, "FROM") as here, open_database(target, "TO") as there:
        with single_instance(here.file), single_instance(there.file), shown:
            counts = await copy.copy_database(here, there, tell)
    print_rows([{"table": name, "rows": count} for name, count in counts.items()], as_json)
    return OK


def _usable(name: str, url: str) -> URL:
    try:
        found = make_url(usable_url(url))
    except ValueError as error:
        raise ConfigError([f"{name} {error}"]) from error
    if found.get_backend_name() == "sqlite":
        _kept_file(found)
    return found


def _kept_file(url: URL) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise OperationRefused("a database in memory has no file, and is gone when the bot stops")
    return file


def _tell_command(command: str) -> int:
    typer.echo("the database is on PostgreSQL; run this where its programs are:", err=True)
    typer.echo(command)
    return OK


async def member_export(who: str, file: Path | None) -> int:
    """Writes the ZIP."""
    async with prepared_database() as (settings, database), database.reading() as session:
        found = await members.find_member(session, *parse_address(who))
        if found is None:
            return _nobody(who)
        content = await export_of(session, _vault(settings), found, now())
    target = file or Path(f"olievlek-{who.replace(':', '-').replace('@', '')}.zip")
    target.touch(mode=0o600)
    target.write_bytes(content)
    typer.echo(f"{target} is written ({len(content)} bytes)")
    return OK


async def member_erase(who: str) -> int:
    """Destroys the key, then the rows, then what the write-ahead log still held."""
    async with prepared_database() as (settings, database):
        async with database.transaction() as session:
            found: MemberRow | None = await members.find_member(session, *parse_address(who))
            if found is None:
                return _nobody(who)
            await _vault(settings).shred(session, found.id)
            await members.erase_rows(session, found.id, now())
            session.expunge(found)
        await database.checkpoint_wal()
    typer.echo(f"{who} is erased")
    return OK


@asynccontextmanager
async def prepared_database() -> AsyncIterator[tuple[Settings, Database]]:
    """The settings, and a database that is up to date and has its sets."""
    settings = read_settings()
    set_up_logs("ERROR", "console", [])
    async with open_database(settings.database_url) as database:
        state = await migrate.schema_state(database)
        if not state.up_to_date:
            raise ConfigError(["the database is not up to date; run `olievlek db upgrade`"])
        if settings.secret_key is not None:
            await check_key(database, _vault(settings))
        yield settings, database


def _vault(settings: Settings) -> Vault:
    require(settings, "secret_key")
    return Vault(settings.secret_key.get_secret_value() if settings.secret_key else "")


def parse_address(who: str) -> tuple[str, str]:
    """Channel and address of `telegram:7` and the like.

    Raises:
        ConfigError: it is no such thing.
    """
    channel, _, there = who.partition(":")
    shape = ADDRESSES.get(channel)
    if shape is None or re.fullmatch(shape, there) is None:
        raise ConfigError(
            [
                f"{who!r} is nobody; write telegram:ID (their number, not their @name),"
                " matrix:@user:server or terminal:NAME"
            ]
        )
    return channel, there


def _nobody(who: str) -> int:
    typer.echo(f"nobody takes part as {who}", err=True)
    return WRONG


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Prints rows as a table, or as JSON."""
    if as_json:
        typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
        return
    table = Table(*(rows[0] if rows else ["nothing"]))
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    Console().print(table)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)

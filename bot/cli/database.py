"""`olievlek db`: the database, brought up to date, copied and moved."""

from asyncio import to_thread
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import now
from bot.cli.shared.common import asynchronous, unlocked_database
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
from bot.cli.shared.progress import ProgressBar
from bot.config.database_urls import usable_url
from bot.config.environment import WrongValue
from bot.config.reading import read_settings
from bot.config.settings import ConfigError, Settings
from bot.languages.sentences import Sentence, Text
from bot.operation.logs import set_up_logs
from bot.startup import (
    is_not_made,
    open_configured,
    open_database,
    supported_database,
    unlock,
    vault_from,
)
from bot.store.admin import audit, backup, copy, kept_history, replay, restore, server_programs
from bot.store.admin.audit import Action
from bot.store.db import migrate
from bot.store.db.engine import Database, sqlite_file
from bot.store.db.errors import OperationRefused
from bot.store.db.locks.advisory import without_time_limits
from bot.store.db.locks.single_instance import single_instance
from bot.store.members.vault import Vault

app = command_group()


@app.command("upgrade", help="overview.db_upgrade")
@asynchronous
async def db_upgrade() -> int:
    """Brings the database up to date."""
    async with open_configured(read_settings(), makes=True) as database:
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
    settings = read_settings()
    if is_not_made(settings):
        state = migrate.SchemaState(None, migrate.expected_revision(), known=True)
        _print_state(state, as_json)
        file = _database_file(make_url(settings.database_url))
        return print_refusal("config.no_database", file=file)
    async with open_configured(settings) as database:
        state = await migrate.schema_state(database)
        _print_state(state, as_json)
        if state.up_to_date and settings.secret_key is not None:
            await unlock(database, vault_from(settings))  # tells what is wrong with the keys
    return OK if state.up_to_date else WRONG


def _print_state(state: migrate.SchemaState, as_json: bool) -> None:
    print_rows(
        [
            {
                "current": state.current,
                "expected": state.expected,
                "up_to_date": state.up_to_date,
            }
        ],
        as_json,
    )


@app.command("backup", help="overview.db_backup")
@asynchronous
async def db_backup(
    file: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.backup_file")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="option.overwrite")] = False,
) -> int:
    """Makes a copy, also while the bot runs."""
    settings = read_settings()
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        beside = settings.keys_location == url
        keys = backup.Keys.LEFT_OUT if beside else backup.Keys.ELSEWHERE
        size = await to_thread(server_programs.dump, url, file, keys, overwrite=overwrite)
    else:
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
    settings = read_settings()
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return await _restore_on_server(settings, file, yes=yes)
    set_up_logs("ERROR", "console")
    place, vault = _database_file(url), vault_from(settings)
    with single_instance(place):
        restored = await restore.restore(
            file,
            place,
            vault,
            now(),
            lambda: yes or confirmed("ask.restore", file=file, place=place),
            restore.RestoreOptions(keys_url=settings.keys_location, record=_record_restore),
        )
    if restored is None:
        return WRONG
    print_message("done.restored", place=place, file=file, revision=restored.was)
    if restored.kept is not None:
        print_message("done.kept_before", file=restored.kept)
    return _print_replayed(restored.replayed)


async def _restore_on_server(settings: Settings, file: Path, *, yes: bool) -> int:
    """Restores a backup on PostgreSQL, and takes away again what was taken away since."""
    set_up_logs("ERROR", "console")
    url, vault = make_url(settings.database_url), vault_from(settings)
    server_programs.check_dump(url, file)
    place = url.render_as_string()
    if not (yes or confirmed("ask.restore", file=file, place=place)):
        return WRONG
    async with open_configured(settings) as database:
        async with database.engine.begin() as connection:
            await server_programs.check_nobody_else(connection)
            was_begun = await kept_history.is_kept(connection)
            if not await kept_history.keep(connection):
                await kept_history.mark(connection)
        await database.engine.dispose()  # what its connections know of the tables is past
        try:
            await to_thread(server_programs.restore_dump, url, file)
        except OperationRefused:
            if not was_begun:
                async with database.engine.begin() as connection:
                    await kept_history.drop(connection)
            raise
        with supported_database():
            before = await migrate.upgrade(database)
        await unlock(database, vault)
        replayed = await _replay_all(database, vault)
    print_message("done.restored", place=place, file=file, revision=before.current)
    return _print_replayed(replayed)


@app.command("replay", help="overview.db_replay")
@asynchronous
async def db_replay(
    yes: Annotated[bool, typer.Option("--yes", help="option.yes")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="option.unknown")] = False,
) -> int:
    """Takes away again, on PostgreSQL, what was taken away since the backup."""
    async with unlocked_database() as (_, database, vault):
        if database.is_sqlite:
            return print_refusal("refused.replayed_by_restore")
        async with database.reading() as session:
            is_begun = await kept_history.is_kept(await session.connection())
        if not (is_begun or unknown):  # as after one that is done: all roles would go
            return print_refusal("refused.nothing_to_replay")
        if not (yes or confirmed("ask.replay")):
            return WRONG
        replayed = await _replay_all(database, vault)
    return _print_replayed(replayed)


async def _replay_all(database: Database, vault: Vault) -> replay.Replayed:
    seen = audit.seen(await vault.audit_heads.read())
    async with database.transaction() as session:
        await without_time_limits(await session.connection())
        replayed = await replay.replay(session, vault, now())
        await _record_restore(session, seen)
    return replayed


def _print_replayed(replayed: replay.Replayed) -> int:
    if (refused := replayed.refused) is None:
        print_message("done.replayed", n=replayed.acts, erased=replayed.erased)
    else:
        print_refusal("done.history_unknown")
        print_refusal("done.grants_refused", **asdict(refused))
    return OK


async def _record_restore(session: AsyncSession, seen: str) -> None:
    await record(session, Action.RESTORED, "database", now(), seen)


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
    progress, keys_url = ProgressBar("progress.copying"), read_settings().keys_url
    async with (
        open_database(source, say("metavar.from"), keys_url) as source_database,
        open_database(target, say("metavar.to"), keys_url) as target_database,
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

"""A trial: the newest backups are restored in a temporary place, and looked at from end to end."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import MetaData, func, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

from bot.languages.sentences import Sentence
from bot.store.admin import audit, server_programs
from bot.store.admin.backup import integrity_error
from bot.store.admin.encrypted_backups import BackupKind, Backups, StoredBackup
from bot.store.admin.encrypted_files import open_backup
from bot.store.admin.restore import RestoreOptions, restore
from bot.store.db import migrate
from bot.store.db.engine import Database, sqlite_file
from bot.store.db.errors import OperationRefused
from bot.store.keys.key_store import KeysUnusable
from bot.store.lifecycle import erase
from bot.store.members import reflections
from bot.store.members.vault import Vault
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow

COUNTED = {
    "members": MemberRow,
    "nudges": NudgeRow,
    "reflections": ReflectionRow,
    "audit_entries": AuditEntryRow,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial.

    Attributes:
        data: the backup of the data that was restored.
        keys: that of the keys.
        counts: how many rows there are of what matters.
    """

    data: StoredBackup
    keys: StoredBackup
    counts: Mapping[str, int]


async def try_newest(
    backups: Backups, identity: Path, vault: Vault, at: datetime, work: Path, scratch: URL | None
) -> Trial:
    """Fetches the newest backups, opens and restores them, and checks what is in them.

    Nothing of what is there is changed.

    Args:
        backups: where they are.
        identity: the file with the private key.
        vault: with the master key, locked.
        at: the present.
        work: an empty folder for plain copies, which the caller deletes.
        scratch: an empty database on a server of PostgreSQL, which is empty again afterwards; None:
            the backups are of SQLite.

    Raises:
        OperationRefused: something is missing, cannot be opened, or is not whole.
        OSError: something cannot be read or written.
    """
    data = await asyncio.to_thread(_open_newest, backups, BackupKind.DATA, identity, work)
    keys = await asyncio.to_thread(_open_newest, backups, BackupKind.KEYS, identity, work)
    on_server = [sqlite_file(url) is None for url in (backups.data, backups.keys)]
    if any(on_server) and scratch is None:
        raise OperationRefused(Sentence("refused.no_scratch"))
    async with _emptied_afterwards(scratch if any(on_server) else None):
        keys_url = await _restored_keys(work, scratch if on_server[1] else None)
        if on_server[0] and scratch is not None:
            await asyncio.to_thread(server_programs.restore_dump, scratch, work / BackupKind.DATA)
            url = scratch
        else:
            place = work / "restored.db"
            options = RestoreOptions(keys_url=keys_url)
            await restore(work / BackupKind.DATA, place, vault, at, lambda: True, options)
            url = URL.create("sqlite+aiosqlite", database=str(place))
        return Trial(data, keys, await _checked(url, keys_url, vault))


def _open_newest(backups: Backups, kind: BackupKind, identity: Path, work: Path) -> StoredBackup:
    newest = backups.newest(kind)
    storage = backups.storages[kind]
    if newest is None:
        raise OperationRefused(Sentence("refused.nothing_to_try", place=storage.place_of("")))
    open_backup(storage.fetch(newest.name, work), identity, work / kind)
    return newest


async def _restored_keys(work: Path, scratch: URL | None) -> URL:
    file = work / BackupKind.KEYS
    if scratch is not None:
        await asyncio.to_thread(server_programs.restore_dump, scratch, file)
        return scratch
    if trouble := integrity_error(file):
        raise OperationRefused(Sentence("refused.damaged", file=file, trouble=trouble))
    return URL.create("sqlite+aiosqlite", database=str(file))


async def _checked(url: URL, keys_url: URL, vault: Vault) -> dict[str, int]:
    """Returns the counts of a restored database, once its keys and its trail are found whole."""
    database = Database(url, keys_url=keys_url)
    try:
        await migrate.upgrade(database)
        await vault.unlock(database)
        async with database.reading() as session:
            await _check_content(session, vault)
            return {
                name: await session.scalar(select(func.count()).select_from(row)) or 0
                for name, row in COUNTED.items()
            }
    except (migrate.UnsupportedDatabase, KeysUnusable) as error:
        reason = (
            error.reason
            if isinstance(error, KeysUnusable)
            else error.about(Sentence("config.the_database"))
        )
        raise OperationRefused(reason) from error
    finally:
        await database.close()


async def _check_content(session: AsyncSession, vault: Vault) -> None:
    if (broken := (await audit.verify(session)).broken) is not None:
        raise OperationRefused(Sentence("missing.audit_entry", number=broken))
    if unreadable := await reflections.members_without_key(session, vault):
        raise OperationRefused(Sentence("check.lost_keys", n=unreadable))
    if erased := len(await erase.keys_of_erased(session, vault)):
        raise OperationRefused(Sentence("check.erased_keys", n=erased))


@asynccontextmanager
async def _emptied_afterwards(scratch: URL | None) -> AsyncIterator[None]:
    """Yields when a database on a server is there and has no tables; removes those at the end."""
    if scratch is None:
        yield
        return
    database = Database(scratch)
    try:
        async with database.engine.connect() as connection:
            if await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
                place = scratch.render_as_string()
                raise OperationRefused(Sentence("refused.scratch_in_use", place=place))
        try:
            yield
        finally:
            tables = MetaData()
            async with database.engine.begin() as connection:
                await connection.run_sync(tables.reflect)
                await connection.run_sync(tables.drop_all)
    finally:
        await database.close()

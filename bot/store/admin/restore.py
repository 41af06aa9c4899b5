"""Restoring a backup of a SQLite file, without what was taken away since it was made."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

from bot.languages.sentences import Sentence
from bot.store.admin import audit
from bot.store.admin.backup import (
    draft_beside,
    integrity_error,
    open_sqlite,
    replace_atomically,
)
from bot.store.admin.kept_history import keep_in_draft
from bot.store.admin.replay import Replayed, replay
from bot.store.db import migrate
from bot.store.db.column_types import follow_trail_with
from bot.store.db.engine import Database, keys_url_beside
from bot.store.db.errors import OperationRefused
from bot.store.keys.key_store import KeysUnusable
from bot.store.members.vault import Vault
from bot.store.schema import Base

KEPT_SUFFIX = ".before-restore"
RecordRestore = Callable[[AsyncSession, str], Awaitable[None]]
"""Adds a restore to the audit trail, with the head that it saw."""


async def _record_nothing(_: AsyncSession, __: str) -> None:
    """Records nothing, for callers that have nobody to name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOptions:
    """What not every restore needs.

    Attributes:
        migrations: the folder of migrations; None means the program's own.
        keys_url: where the keys of the database are, which stay as they are; None: beside it.
        record: adds the restore to the audit trail, in the transaction that completes it.
    """

    migrations: Path | None = None
    keys_url: URL | None = None
    record: RecordRestore = _record_nothing


PLAIN = RestoreOptions()


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore.

    Attributes:
        was: the revision that the copy was at.
        kept: where the replaced database is; None: there was none.
        replayed: what was taken away from the copy again.
    """

    was: str | None
    kept: Path | None
    replayed: Replayed


async def restore(
    copy: Path,
    place: Path,
    vault: Vault,
    at: datetime,
    agreed: Callable[[], bool],
    options: RestoreOptions = PLAIN,
) -> Restored | None:
    """Replaces the database `place` by a copy of the SQLite file `copy`.

    `copy` itself is only read. Everything is prepared in a draft beside `place` and renamed at the
    very end: a crash before that leaves the database as it was. The caller holds `single_instance`
    on `place`.

    Args:
        copy: the backup.
        place: where the database is, or will be.
        vault: with the key of the database.
        at: the present.
        agreed: called when `copy` is known to be usable, before anything changes.
        options: what else this restore needs.

    Returns:
        What was done; None when `agreed` returned False.

    Raises:
        OperationRefused: `copy` is no sound database of olievlek, or `place` is in use, or the keys
            of `place` cannot be used with it.
    """
    kept = place.with_name(f"{place.name}{KEPT_SUFFIX}")
    _check(copy, place, kept)
    with draft_beside(place) as draft:
        was = await _prepare(draft, copy, options.migrations)
        if not agreed():
            return None
        with _history_in(draft, place):
            keys = options.keys_url or keys_url_beside(_url(place))  # not beside the draft
            async with _database(draft, keys_url=keys) as database:
                await _unlock(vault, database)
                # Not before the draft is in its place: a head may not be ahead of the trail.
                follow_trail_with(database.engine.dialect, None)
                seen = audit.seen(await vault.audit_heads.read())
                async with database.transaction() as session:
                    replayed = await replay(session, vault, at)
                    await options.record(session, seen)
            if trouble := integrity_error(draft):
                raise OperationRefused(Sentence("refused.restore_damaged", trouble=trouble))
            was_there = _move_into_place(draft, place, kept)
    async with _database(place, keys_url=keys) as database:
        await _unlock(vault, database)
        async with database.reading() as session:
            head = await audit.last_entry(session)
        await vault.audit_heads.replace(head)
    return Restored(was, kept if was_there else None, replayed)


def _check(copy: Path, place: Path, kept: Path) -> None:
    if not copy.is_file():
        raise OperationRefused(Sentence("refused.no_file", file=copy))
    if place.exists() and copy.samefile(place):
        raise OperationRefused(Sentence("refused.from_itself", file=copy))
    if kept.exists():
        raise OperationRefused(Sentence("refused.kept_before", file=kept))


def _fill(draft: Path, copy: Path) -> None:
    shutil.copyfile(copy, draft)
    log = Path(f"{copy}-wal")
    if log.exists():  # a file that was copied by hand, together with its write-ahead log
        beside = Path(f"{draft}-wal")
        beside.touch(mode=0o600)
        shutil.copyfile(log, beside)


async def _prepare(draft: Path, copy: Path, migrations: Path | None) -> str | None:
    """Copies, checks and upgrades the draft; returns the revision that the copy was at."""
    _fill(draft, copy)
    if trouble := integrity_error(draft):
        raise OperationRefused(Sentence("refused.damaged", file=copy, trouble=trouble))
    async with _database(draft, migrations) as database:
        state = await migrate.schema_state(database)
        if state.current is None:
            raise OperationRefused(Sentence("refused.not_ours", name=copy))
        try:
            await migrate.upgrade(database)
        except migrate.UnsupportedDatabase as error:
            raise OperationRefused(error.about(str(copy))) from error
        async with database.engine.connect() as connection:
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if not set(Base.metadata.tables) <= set(tables):
        raise OperationRefused(Sentence("refused.not_ours", name=copy))
    return state.current


def _url(file: Path) -> URL:
    return URL.create("sqlite+aiosqlite", database=str(file))


async def _unlock(vault: Vault, database: Database) -> None:
    """Opens the keys of the database that is being restored; they are no part of the backup.

    Raises:
        OperationRefused: they are missing, or those of another database.
    """
    try:
        await vault.unlock(database)
    except KeysUnusable as error:
        raise OperationRefused(error.reason) from error


@asynccontextmanager
async def _database(
    file: Path, migrations: Path | None = None, keys_url: URL | None = None
) -> AsyncIterator[Database]:
    database = Database(_url(file), migrations=migrations, keys_url=keys_url)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def _history_in(draft: Path, place: Path) -> Iterator[None]:
    """Copies what the database `place` knows to the draft, and keeps it locked until the end.

    The database leaves write-ahead logging. That moves the log into the file, succeeds only when no
    other connection is open, and makes SQLite refuse writes by a process that opens the file now
    and finds it moved. So no erasure can be written to the file that is about to be replaced. Of a
    database that is missing or damaged nothing is copied.
    """
    if not place.exists():
        yield
        return
    with closing(open_sqlite(place)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            with closing(open_sqlite(draft)) as target:
                keep_in_draft(connection, target)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise OperationRefused(Sentence("refused.open", file=place)) from error
        yield


def _move_into_place(draft: Path, place: Path, kept: Path) -> bool:
    """Renames the draft to `place`; returns whether a database was replaced, which is kept.

    Left-over logs move first: SQLite would apply them to the new file.
    """
    for end in ("-wal", "-journal"):  # of a file that is damaged or missing
        left = Path(f"{place}{end}")
        if left.exists():
            left.replace(f"{kept}{end}")
    Path(f"{place}-shm").unlink(missing_ok=True)
    was_there = place.exists()
    if was_there:
        os.link(place, kept)  # a link, so that a crash here leaves `place` as it was
    replace_atomically(draft, place)
    return was_there

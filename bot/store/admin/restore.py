"""Restoring a backup of a SQLite file, and erasing again who was erased since it was made."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

from bot.languages.sentences import Sentence
from bot.store.admin import sequences
from bot.store.admin.backup import (
    draft_beside,
    has_table,
    integrity_error,
    open_sqlite,
    replace_atomically,
)
from bot.store.boxes import inbox, outbox
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.lifecycle import erase
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.members import MemberRow
from bot.store.teams import invitations, shares

KEPT_SUFFIX = ".before-restore"
RecordRestore = Callable[[AsyncSession], Awaitable[None]]
"""Adds a restore to the audit trail."""


async def _record_nothing(_: AsyncSession) -> None:
    """Records nothing, for callers that have nobody to name."""


@dataclass(frozen=True, slots=True)
class KnownState:
    """What a database knows that an earlier copy of it may not.

    Attributes:
        knows_erasures: False when the database is missing or damaged, or has no table of erasures.
        erasures: when members were erased, by member id.
        highest_ids: the highest id that each table gave out.
        positions: by channel, up to where a platform's items were taken in, and when.
    """

    knows_erasures: bool = False
    erasures: dict[int, datetime] = field(default_factory=dict)
    highest_ids: dict[str, int] = field(default_factory=dict)
    positions: dict[str, tuple[str, datetime]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore.

    Attributes:
        was: the revision that the copy was at.
        kept: where the replaced database is; None: there was none.
        erased: how many members were erased from the copy again.
        knew_erasures: whether it was known from the replaced database who was erased.
    """

    was: str | None
    kept: Path | None
    erased: int
    knew_erasures: bool


async def restore(
    copy: Path,
    place: Path,
    agreed: Callable[[], bool],
    migrations: Path | None = None,
    record: RecordRestore = _record_nothing,
) -> Restored | None:
    """Replaces the database `place` by a copy of the SQLite file `copy`.

    `copy` itself is only read. Everything is prepared in a draft beside `place` and renamed at the
    very end: a crash before that leaves the database as it was. The caller holds `single_instance`
    on `place`.

    Args:
        copy: the backup.
        place: where the database is, or will be.
        agreed: called when `copy` is known to be usable, before anything changes.
        migrations: the folder of migrations; None means the program's own.
        record: adds the restore to the audit trail, in the transaction that completes it.

    Returns:
        What was done; None when `agreed` returned False.

    Raises:
        OperationRefused: `copy` is no sound database of olievlek, or `place` is in use.
    """
    kept = place.with_name(f"{place.name}{KEPT_SUFFIX}")
    _check(copy, place, kept)
    with draft_beside(place) as draft:
        was = await _prepare(draft, copy, migrations)
        if not agreed():
            return None
        with _known_state(place) as known:
            erased = await _apply(known, draft, record)
            if trouble := integrity_error(draft):
                raise OperationRefused(Sentence("refused.restore_damaged", trouble=trouble))
            was_there = _move_into_place(draft, place, kept)
    return Restored(was, kept if was_there else None, erased, known.knows_erasures)


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


@asynccontextmanager
async def _database(file: Path, migrations: Path | None = None) -> AsyncIterator[Database]:
    url = URL.create("sqlite+aiosqlite", database=str(file))
    database = Database(url, migrations=migrations)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def _known_state(place: Path) -> Iterator[KnownState]:
    """Yields what the database knows, and keeps it locked exclusively until the end of the block.

    The database leaves write-ahead logging. That moves the log into the file, succeeds only when no
    other connection is open, and makes SQLite refuse writes by a process that opens the file now
    and finds it moved. So no erasure can be written to the file that is about to be replaced.
    """
    if not place.exists():
        yield KnownState()
        return
    with closing(open_sqlite(place)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            known = KnownState(
                has_table(connection, "erasures"),
                dict(_erasures(connection)),
                dict(_highest_ids(connection)),
                dict(_positions(connection)),
            )
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise OperationRefused(Sentence("refused.open", file=place)) from error
            known = KnownState()
        yield known


def _erasures(connection: sqlite3.Connection) -> Iterator[tuple[int, datetime]]:
    if has_table(connection, "erasures"):
        for member_id, at in connection.execute("SELECT member_id, erased_at FROM erasures"):
            yield member_id, datetime.fromisoformat(at).replace(tzinfo=UTC)


def _highest_ids(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    if has_table(connection, "sqlite_sequence"):
        yield from connection.execute("SELECT name, seq FROM sqlite_sequence")


def _positions(connection: sqlite3.Connection) -> Iterator[tuple[str, tuple[str, datetime]]]:
    if has_table(connection, "inbox_positions"):
        query = "SELECT channel, position, reached_at FROM inbox_positions"
        for channel, position, at in connection.execute(query):
            yield channel, (position, datetime.fromisoformat(at).replace(tzinfo=UTC))


async def _apply(known: KnownState, draft: Path, record: RecordRestore) -> int:
    """Erases from the draft the members who were erased since; returns how many were in it.

    Shares and invitations may have been withdrawn since, and what waited to be sent may have been
    sent, so all of that is deleted. Ids continue after the highest of both databases, so that no
    new member gets the id of an erased one. What waited in the inbox was handled since, so it goes;
    and what a platform brought since is not asked for again, so the positions are those of the
    replaced database.
    """
    erased = 0
    async with _database(draft) as database, database.transaction() as session:
        for member_id, at in known.erasures.items():
            query = select(MemberRow.id).where(MemberRow.id == member_id)
            erased += await session.scalar(query) is not None
            await Vault.shred(session, member_id)  # the key first: see `erase_rows`
            await erase.erase_rows(session, member_id, at)
        await shares.withdraw_everything(session)
        await invitations.delete_all(session)
        await inbox.start_over(session, known.positions)
        await outbox.drop_everything(session)
        await session.flush()
        await sequences.continue_after(await session.connection(), known.highest_ids)
        await record(session)
    return erased


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

"""Putting a backup of a SQLite file back, without what was erased since."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.engine import URL

from bot.store.admin import sequences
from bot.store.admin.backup import (
    draft_beside,
    has_table,
    integrity_error,
    open_sqlite,
    replace_atomically,
)
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.lifecycle import erase
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.members import MemberRow
from bot.store.teams import invitations, shares

KEPT_SUFFIX = ".before-restore"


@dataclass(frozen=True, slots=True)
class KnownState:
    """What a database knows that a copy of it from before may not.

    Attributes:
        knows_erasures: whether it could tell; a database that is missing, damaged or from before
            there were erasures cannot.
        erasures: the numbers of the members that were erased, and when.
        numbers: the highest number each table gave out.
    """

    knows_erasures: bool = False
    erasures: dict[int, datetime] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Attributes:
        was: the revision that the copy was at.
        kept: where the database is that was there; None: there was none.
        erased: how many members were erased from the copy again.
        knew_erasures: whether the database that was there could tell who was erased.
    """

    was: str | None
    kept: Path | None
    erased: int
    knew_erasures: bool


async def restore(
    copy: Path, place: Path, agreed: Callable[[], bool], migrations: Path | None = None
) -> Restored | None:
    """Puts a copy of the SQLite file `copy` in the place of the database `place`.

    `copy` itself is only read. All is prepared in a draft beside `place`, which takes the name at
    the very end; until then the database there is as it was. Hold `place` meanwhile.

    Args:
        copy: the backup.
        place: where the database is, or will be.
        agreed: asked when `copy` has turned out to be usable, before anything changes.
        migrations: the folder of migrations; None: the one that the program brings.

    Returns:
        What was done; None when that was not agreed.

    Raises:
        Refused: `copy` is no sound database of ours, or `place` is in use.
    """
    kept = place.with_name(f"{place.name}{KEPT_SUFFIX}")
    _check(copy, place, kept)
    with draft_beside(place) as draft:
        was = await _prepare(draft, copy, migrations)
        if not agreed():
            return None
        with _known_state(place) as past:
            erased = await _apply(past, draft)
            if trouble := integrity_error(draft):
                raise OperationRefused(f"the copy is not sound ({trouble}); nothing is changed")
            was_there = _move_into_place(draft, place, kept)
    return Restored(was, kept if was_there else None, erased, past.knows_erasures)


def _check(copy: Path, place: Path, kept: Path) -> None:
    if not copy.is_file():
        raise OperationRefused(f"there is no file {copy}")
    if place.exists() and copy.samefile(place):
        raise OperationRefused(f"{copy} is the database itself; name a backup of it")
    if kept.exists():
        raise OperationRefused(
            f"{kept} is there from an earlier restore; move it away or delete it first"
        )


def _fill(draft: Path, copy: Path) -> None:
    shutil.copyfile(copy, draft)
    log = Path(f"{copy}-wal")
    if log.exists():  # a file that was copied by hand, together with its write-ahead log
        beside = Path(f"{draft}-wal")
        beside.touch(mode=0o600)
        shutil.copyfile(log, beside)


async def _prepare(draft: Path, copy: Path, migrations: Path | None) -> str | None:
    """Fills the draft, checks it and upgrades it; returns the revision that it was at."""
    _fill(draft, copy)
    if trouble := integrity_error(draft):
        raise OperationRefused(f"{copy} is no SQLite database, or it is damaged ({trouble})")
    async with _database(draft, migrations) as database:
        state = await migrate.schema_state(database)
        if state.current is None:
            raise OperationRefused(f"{copy} is no database of olievlek")
        try:
            await migrate.upgrade(database)
        except migrate.UnsupportedDatabase as error:
            raise OperationRefused(f"{copy} {error}") from error
        async with database.engine.connect() as connection:
            found = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if not set(Base.metadata.tables) <= set(found):
        raise OperationRefused(f"{copy} is no database of olievlek")
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
    """What the database there knows. Until the end nobody else can read or write it.

    It leaves write-ahead logging: that folds the log into the file, works only when nobody else
    has it open, and makes SQLite refuse to write to it by whoever opens it now and finds it moved.
    So no erasure can end in the file that is about to be put aside.
    """
    if not place.exists():
        yield KnownState()
        return
    with closing(open_sqlite(place)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            past = KnownState(
                has_table(connection, "erasures"),
                dict(_erasures(connection)),
                dict(_numbers(connection)),
            )
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise OperationRefused(
                    f"another program has {place} open; stop that first"
                ) from error
            past = KnownState()
        yield past


def _erasures(connection: sqlite3.Connection) -> Iterator[tuple[int, datetime]]:
    if has_table(connection, "erasures"):
        for number, at in connection.execute("SELECT member_id, erased_at FROM erasures"):
            yield number, datetime.fromisoformat(at).replace(tzinfo=UTC)


def _numbers(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    if has_table(connection, "sqlite_sequence"):
        yield from connection.execute("SELECT name, seq FROM sqlite_sequence")


async def _apply(past: KnownState, draft: Path) -> int:
    """Erases from the draft who was erased since, keys first; returns how many were in it.

    What was shared and who was invited may have been taken back since, so neither holds any more.
    """
    erased = 0
    async with _database(draft) as database, database.transaction() as session:
        for number, at in past.erasures.items():
            query = select(MemberRow.id).where(MemberRow.id == number)
            erased += await session.scalar(query) is not None
            await Vault.shred(session, number)
            await erase.erase_rows(session, number, at)
        await shares.withdraw_everything(session)
        await invitations.delete_all(session)
        await session.flush()
        await sequences.continue_after(await session.connection(), past.numbers)
    return erased


def _move_into_place(draft: Path, place: Path, kept: Path) -> bool:
    """Gives the draft its name; whether there was a database, which is kept."""
    for end in ("-wal", "-journal"):  # of a file that could not be read, or is not there any more
        left = Path(f"{place}{end}")
        if left.exists():
            left.replace(f"{kept}{end}")
    Path(f"{place}-shm").unlink(missing_ok=True)
    was_there = place.exists()
    if was_there:
        os.link(place, kept)  # so that there is no moment without a database
    replace_atomically(draft, place)
    return was_there

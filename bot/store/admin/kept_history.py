"""What a database knows and an earlier copy of it does not, kept while the copy takes its place.

It is copied to tables whose names begin with `kept_`: on SQLite from the database that is replaced
to the draft of the new one, on PostgreSQL within the database, where `pg_restore` leaves alone what
the backup does not hold.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, MetaData, Row, Table, Text, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.store.admin import sequences
from bot.store.admin.backup import has_table
from bot.store.schema import Base
from bot.store.schema.inbox import InboxPositionRow
from bot.store.schema.ledger import LedgerEntryRow

LEDGER, POSITIONS = LedgerEntryRow.__tablename__, InboxPositionRow.__tablename__
CARRIED_OVER = (LEDGER, "audit_entries")
"""The tables of which no row is lost by restoring; those that are not there are left out."""
REPLACED = ("chat_browsers", "chat_keys", "chat_pushes", "organisation_accounts")
"""The tables whose rows are those of now, not of the backup: a cookie was replaced since, and who
was signed out stays so."""
SEQUENCES = Table("kept_sequences", MetaData(), Column("name", Text), Column("seq", BigInteger))


def _kept_name(table: str) -> str:
    return f"kept_{table}"


def carried_over_tables() -> list[Table]:
    """Returns the tables of which no row is lost by restoring."""
    return [Base.metadata.tables[name] for name in CARRIED_OVER if name in Base.metadata.tables]


def replaced_tables() -> list[Table]:
    """Returns the tables whose rows are those of now, not of the backup."""
    return [Base.metadata.tables[name] for name in REPLACED if name in Base.metadata.tables]


def _kept_tables() -> list[Table]:
    return [*carried_over_tables(), *replaced_tables(), Base.metadata.tables[POSITIONS]]


# -- keeping


def keep_in_draft(source: sqlite3.Connection, draft: sqlite3.Connection) -> None:
    """Copies what the database `source` knows to the draft; nothing if it has no ledger."""
    if not has_table(source, LEDGER):
        return
    draft.execute("BEGIN")
    for table in _kept_tables():
        if has_table(source, table.name):
            _copy_table(source, table.name, draft, _kept_name(table.name))
    _copy_table(source, "sqlite_sequence", draft, SEQUENCES.name)
    draft.execute("COMMIT")


def _copy_table(source: sqlite3.Connection, name: str, draft: sqlite3.Connection, to: str) -> None:
    rows = source.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - a name of our own
    columns = ", ".join(f'"{column[0]}"' for column in rows.description)
    places = ", ".join("?" for _ in rows.description)
    draft.execute(f'DROP TABLE IF EXISTS "{to}"')
    draft.execute(f'CREATE TABLE "{to}" ({columns})')
    draft.executemany(f'INSERT INTO "{to}" VALUES ({places})', rows)  # noqa: S608 - the same


async def keep(connection: AsyncConnection) -> bool:
    """Copies what this database knows, within it; returns False if it has no ledger yet.

    What an earlier call kept is replaced, unless it knows more: a restore was begun and not
    finished then, and this database is the backup.
    """
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if LEDGER not in names:
        return False
    if _kept_name(LEDGER) in names and await _knows_more(connection):
        return True
    await drop(connection)
    for table in _kept_tables():
        if table.name in names:
            kept = _kept_name(table.name)
            await connection.execute(text(f"CREATE TABLE {kept} AS TABLE {table.name}"))
    await connection.run_sync(SEQUENCES.create)
    highest = await sequences.highest_ids(connection)
    values = [{"name": name, "seq": number} for name, number in highest.items()]
    await connection.execute(insert(SEQUENCES), values)
    return True


async def _knows_more(connection: AsyncConnection) -> bool:
    """Returns whether an entry that was kept is not in the ledger of this database."""
    kept = _kept_name(LEDGER)
    more = f"SELECT number FROM {kept} EXCEPT SELECT number FROM {LEDGER} LIMIT 1"  # noqa: S608
    return await connection.scalar(text(more)) is not None


async def mark(connection: AsyncConnection) -> None:
    """Has `is_kept` say that a restore was begun, though this database knows nothing yet."""
    await connection.run_sync(SEQUENCES.create, checkfirst=True)


async def drop(connection: AsyncConnection) -> None:
    """Drops what was kept."""
    for name in (*map(_kept_name, (*CARRIED_OVER, *REPLACED, POSITIONS)), SEQUENCES.name):
        await connection.execute(text(f"DROP TABLE IF EXISTS {name}"))


# -- reading


async def is_kept(connection: AsyncConnection) -> bool:
    """Returns whether something is kept, so that a restore was begun and not finished."""
    return await connection.run_sync(lambda sync: inspect(sync).has_table(SEQUENCES.name))


@dataclass(frozen=True, slots=True)
class KeptHistory:
    """What was kept.

    Attributes:
        rows: by table that is carried over or replaced, and that of the positions, its rows by
            primary key.
        highest_ids: the highest id that each table gave out.
    """

    rows: dict[str, dict[tuple[Any, ...], Row[Any]]]
    highest_ids: dict[str, int]


async def read(session: AsyncSession) -> KeptHistory | None:
    """Returns what was kept; None: nothing was, so nobody knows what happened since the backup."""
    connection = await session.connection()
    if not await is_kept(connection):
        return None
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if _kept_name(LEDGER) not in names:
        return None
    rows = {
        table.name: await rows_by_key(session, table.to_metadata(MetaData(), name=kept))
        for table in _kept_tables()
        if (kept := _kept_name(table.name)) in names
    }
    highest = await session.execute(select(SEQUENCES))
    return KeptHistory(rows, {row.name: row.seq for row in highest})


async def rows_by_key(session: AsyncSession, table: Table) -> dict[tuple[Any, ...], Row[Any]]:
    """Returns all rows of a table by their primary keys, in the order of those."""
    keys = [column.name for column in table.primary_key]
    rows = await session.execute(select(table).order_by(*table.primary_key))
    return {tuple(row._mapping[key] for key in keys): row for row in rows}

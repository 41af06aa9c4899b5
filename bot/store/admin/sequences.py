"""Sequences: no id is given out twice, not even that of a row that was deleted since."""

from collections.abc import Mapping

from sqlalchemy import Column, Integer, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import Base
from bot.store.schema.ledger import Act, LedgerEntryRow
from bot.store.schema.members import MemberRow


def _tables_with_sequences() -> list[Table]:
    """Returns the tables whose ids the database gives out."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if (column := table.autoincrement_column) is not None and isinstance(column.type, Integer)
    ]


def _id_column(table: Table) -> Column[int]:
    """Returns the column of the ids that the database gives out."""
    [column] = table.primary_key
    return column


async def highest_ids(connection: AsyncConnection) -> dict[str, int]:
    """Returns the highest id that each table ever gave out, by table; 0 when it gave out none."""
    highest: dict[str, int] = {}
    is_sqlite = connection.dialect.name == "sqlite"
    for table in _tables_with_sequences():
        if is_sqlite:
            query = "SELECT max(seq) FROM sqlite_sequence WHERE name = :name"
        else:
            query = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, :id))"
        column = _id_column(table)
        names = {"name": table.name} | ({} if is_sqlite else {"id": column.name})
        last_value = await connection.scalar(text(query), names)
        highest_present = await connection.scalar(select(func.max(column)))
        highest[table.name] = max(last_value or 0, highest_present or 0)
    erased = await connection.scalar(
        select(func.max(LedgerEntryRow.subject_id)).where(LedgerEntryRow.act == Act.ERASED)
    )
    members = MemberRow.__tablename__
    return highest | {members: max(highest[members], erased or 0)}


async def continue_after(connection: AsyncConnection, highest: Mapping[str, int]) -> None:
    """Makes each table continue after these ids, and after its own where that is higher."""
    for name, own in (await highest_ids(connection)).items():
        number = max(own, highest.get(name, 0))
        if connection.dialect.name == "sqlite":
            await _follow_on_sqlite(connection, Base.metadata.tables[name], number)
        elif number:
            query = text("SELECT setval(pg_get_serial_sequence(:name, :id), :number)")
            column = _id_column(Base.metadata.tables[name])
            await connection.execute(query, {"name": name, "id": column.name, "number": number})


async def _follow_on_sqlite(connection: AsyncConnection, table: Table, number: int) -> None:
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return  # SQLite continues after the highest id that is present
    values = {"name": table.name, "number": number}
    await connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
    if number:  # a table that never gave out an id has no row in sqlite_sequence
        await connection.execute(
            text("INSERT INTO sqlite_sequence VALUES (:name, :number)"), values
        )

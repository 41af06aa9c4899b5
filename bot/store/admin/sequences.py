"""The highest numbers ever given out, also to what is erased since; none is given out twice."""

from collections.abc import Mapping

from sqlalchemy import Integer, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import Base
from bot.store.schema.members import ErasureRow, MemberRow


def _tables_with_sequences() -> list[Table]:
    """The tables of which the database numbers the rows."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if (column := table.autoincrement_column) is not None and isinstance(column.type, Integer)
    ]


async def highest_ids(connection: AsyncConnection) -> dict[str, int]:
    """The highest number that each table ever gave out; 0 when it gave out none."""
    found: dict[str, int] = {}
    for table in _tables_with_sequences():
        if connection.dialect.name == "sqlite":
            query = "SELECT max(seq) FROM sqlite_sequence WHERE name = :name"
        else:
            query = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id'))"
        given = await connection.scalar(text(query), {"name": table.name})
        left = await connection.scalar(select(func.max(table.c.id)))
        found[table.name] = max(given or 0, left or 0)
    erased = await connection.scalar(select(func.max(ErasureRow.member_id)))
    members = MemberRow.__tablename__
    return found | {members: max(found[members], erased or 0)}


async def continue_after(connection: AsyncConnection, numbers: Mapping[str, int]) -> None:
    """Has each table go on after these numbers, and after its own where those are higher."""
    for name, own in (await highest_ids(connection)).items():
        number = max(own, numbers.get(name, 0))
        if connection.dialect.name == "sqlite":
            await _follow_on_sqlite(connection, Base.metadata.tables[name], number)
        elif number:
            query = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :number)")
            await connection.execute(query, {"name": name, "number": number})


async def _follow_on_sqlite(connection: AsyncConnection, table: Table, number: int) -> None:
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return  # goes on after the highest that is left; no more was promised of it
    given = {"name": table.name, "number": number}
    await connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), given)
    if number:  # SQLite keeps none of a table that never gave one out
        await connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :number)"), given)

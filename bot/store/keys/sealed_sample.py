"""A sealed value out of the data, with which keys are recognised as the ones of that data."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import TextClause, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db.column_types import SealedText
from bot.store.db.engine import Database
from bot.store.schema import Base


@dataclass(frozen=True, slots=True)
class SealedSample:
    """A value as it is stored, and the label of its column."""

    label: str
    sealed: bytes


async def sealed_sample(database: Database) -> SealedSample | None:
    """Returns any value of a sealed column; None: there is none, or there are no tables yet."""
    try:
        async with database.reading() as session:
            return await _first(session, frozenset(Base.metadata.tables))
    except DBAPIError:  # most likely a table is missing: what is there takes longer to find out
        async with database.reading() as session:
            connection = await session.connection()
            present = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            return await _first(session, frozenset(present))


async def _first(session: AsyncSession, tables: frozenset[str]) -> SealedSample | None:
    query = _query(tables, session.get_bind().dialect.name)
    row = None if query is None else (await session.execute(query)).first()
    return None if row is None else SealedSample(row.label, row.sealed)


@cache
def _query(present: frozenset[str], backend: str) -> TextClause | None:
    """Returns the statement for the first value of any sealed column; None: there is no table.

    It is written here, because it names all sealed columns: to have it rendered takes twenty times
    as long as all the rest of it, in each start of a program.
    """
    dialect = make_url(f"{backend}://").get_dialect()()
    quote = dialect.identifier_preparer.quote
    select = (
        "SELECT * FROM (SELECT '{0}' AS label, {1} AS sealed"
        " FROM {2} WHERE {1} IS NOT NULL LIMIT 1) AS value"
    )
    values = [
        select.format(column.type.label, quote(column.name), quote(table.name))
        for table in Base.metadata.sorted_tables
        if table.name in present
        for column in table.columns
        if isinstance(column.type, SealedText)
    ]
    return text(" UNION ALL ".join(values) + " LIMIT 1") if values else None

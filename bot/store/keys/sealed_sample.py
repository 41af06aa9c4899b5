"""A sealed value out of the data, with which keys are recognised as the ones of that data."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    LargeBinary,
    TextClause,
    inspect,
    literal,
    make_url,
    select,
    text,
    type_coerce,
    union_all,
)
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

    It is text, because it names all sealed columns: to render it takes longer than to run it, and
    each database that is opened would do so anew.
    """
    values = [
        select(literal(column.type.label).label("label"), stored.label("sealed"))
        .where(column.is_not(None))
        .limit(1)
        .subquery()
        for table in Base.metadata.sorted_tables
        if table.name in present
        for column in table.columns
        if isinstance(column.type, SealedText)
        for stored in [type_coerce(column, LargeBinary)]
    ]
    if not values:
        return None
    query = select(union_all(*(select(value) for value in values)).subquery()).limit(1)
    dialect = make_url(f"{backend}://").get_dialect()()
    return text(str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})))

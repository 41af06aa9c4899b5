"""A sealed value out of the data, with which keys are recognised as the ones of that data."""

from dataclasses import dataclass

from sqlalchemy import Connection, LargeBinary, inspect, select, type_coerce

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
    async with database.reading() as session:
        connection = await session.connection()
        return await connection.run_sync(_first_sample)


def _first_sample(connection: Connection) -> SealedSample | None:
    present = set(inspect(connection).get_table_names())
    for table in Base.metadata.sorted_tables:
        for column in table.columns if table.name in present else ():
            if isinstance(column.type, SealedText):
                stored = type_coerce(column, LargeBinary)
                query = select(stored).where(column.is_not(None)).limit(1)
                sealed = connection.scalar(query)
                if sealed is not None:
                    return SealedSample(column.type.label, sealed)
    return None

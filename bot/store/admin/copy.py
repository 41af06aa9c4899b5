"""Copying all rows of one database into another, also between SQLite and PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import FromClause, LargeBinary, MetaData, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.languages.sentences import Sentence
from bot.store.admin import sequences
from bot.store.db import migrate
from bot.store.db.column_types import SealedText
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.db.locks.advisory import without_time_limits
from bot.store.keys.copying import copy_keys_along
from bot.store.schema import Base
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.ledger import LedgerEntryRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow

BATCH = 1_000
# What the command line calls the two databases.
SOURCE, TARGET = Sentence("metavar.from"), Sentence("metavar.to")
Progress = Callable[[int, int], None]


async def copy_database(source: Database, target: Database, report: Progress) -> dict[str, int]:
    """Copies all rows, in one transaction on the target and from one moment of the source.

    The keys go before them, if the target has a key store of its own: keys without rows harm
    nobody. Sealed columns are copied as they are.

    Args:
        source: copied as it is at one moment; rows that a bot writes later are not copied.
        target: upgraded to the newest revision first.
        report: called after each batch with the number of rows copied, and of all rows.

    Returns:
        The number of rows of each table, which is the same in both.

    Raises:
        OperationRefused: the source is not up to date, or the target holds members or keys already.
    """
    await _check_source(source)
    await _prepare_target(target)
    await copy_keys_along(source, target)
    async with _snapshot(source) as reading, target.engine.begin() as writing:
        for connection in (reading, writing):
            await without_time_limits(connection)
        await _check_empty(writing)
        return await _copy_all(reading, writing, report)


async def _check_source(source: Database) -> None:
    state = await migrate.schema_state(source)
    if state.current is None:
        raise OperationRefused(Sentence("refused.not_ours", name=SOURCE))
    try:
        state.require_supported()
    except migrate.UnsupportedDatabase as error:
        raise OperationRefused(error.about(SOURCE)) from error
    if not state.up_to_date:
        raise OperationRefused(Sentence("refused.copy_not_upgraded", name=SOURCE))


async def _prepare_target(target: Database) -> None:
    if (await migrate.schema_state(target)).current is not None:
        async with target.engine.begin() as connection:
            await _check_empty(connection)  # before anything in it changes
    try:
        await migrate.upgrade(target)
    except migrate.UnsupportedDatabase as error:
        raise OperationRefused(error.about(TARGET)) from error


async def _check_empty(target: AsyncConnection) -> None:
    for row in (MemberRow, NudgeRow, LedgerEntryRow, AuditEntryRow):
        if await _count(target, row.__table__):
            raise OperationRefused(Sentence("refused.copy_not_empty", name=TARGET))


@asynccontextmanager
async def _snapshot(source: Database) -> AsyncIterator[AsyncConnection]:
    """Yields a connection that reads everything as it is at one moment, despite later writes."""
    async with source.engine.connect() as connection:
        if source.is_sqlite:
            await connection.execution_options(sqlite_begin="DEFERRED")
        else:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection


async def _copy_all(
    reading: AsyncConnection, writing: AsyncConnection, report: Progress
) -> dict[str, int]:
    tables = _stored_tables()  # tables before those that refer to them
    counts = {table.name: await _count(reading, table) for table in tables}
    done, total = 0, sum(counts.values())
    for table in reversed(tables):  # such as sets that a start of the bot published
        await writing.execute(delete(table))
    for table in tables:
        query = select(table).order_by(*table.primary_key)
        async with reading.stream(query) as rows:
            async for batch in rows.mappings().partitions(BATCH):
                await writing.execute(insert(table), [dict(row) for row in batch])
                done += len(batch)
                report(done, total)
    await sequences.continue_after(writing, await sequences.highest_ids(reading))
    for table in tables:
        if (arrived := await _count(writing, table)) != counts[table.name]:
            raise OperationRefused(
                Sentence(
                    "refused.copy_incomplete",
                    arrived=arrived,
                    rows=counts[table.name],
                    table=table.name,
                    name=TARGET,
                )
            )
    return counts


def _stored_tables() -> list[Table]:
    """Returns the tables with sealed columns as bytes: they are copied without opening them."""
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        for column in table.to_metadata(metadata).columns:
            if isinstance(column.type, SealedText):
                column.type = LargeBinary()
    return metadata.sorted_tables


async def _count(connection: AsyncConnection, table: FromClause) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0

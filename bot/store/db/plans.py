"""Plans that PostgreSQL makes for the tables as they are now."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def planned_anew(connection: AsyncConnection) -> AsyncIterator[None]:
    """Has PostgreSQL plan each statement in the block anew, instead of keeping a plan.

    It may keep a plan from the sixth time on, until the rows are counted again. One that
    was made while a table was empty reads all of it for each member of a claim: on the day that
    thousands begin, most of the time of a wave. It is not for every statement, as PostgreSQL then
    plans the check of each foreign key of each new row too.

    Args:
        connection: a connection within a transaction. A statement that fails ends that, and with
            it what was set.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    await connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
    yield
    await connection.exec_driver_sql("SET LOCAL plan_cache_mode TO DEFAULT")

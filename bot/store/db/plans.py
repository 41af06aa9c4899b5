"""How PostgreSQL is to find rows, where it cannot know how many there will be."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

FOUND_BY_INDEX = "found_by_index"
# What reads all rows of a table, to look for some, or to find those that belong together; and what
# compiles a statement that looks expensive, as PostgreSQL up to 17 makes one look that has to.
TURNED_OFF = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit")
_SETTINGS = select(*(func.set_config(name, "off", True) for name in TURNED_OFF))


async def find_by_index(session: AsyncSession) -> None:
    """Has PostgreSQL find rows by an index, where there is one, for the rest of the transaction.

    It is for what reads a few rows of each of many members. PostgreSQL may keep a plan from the
    sixth time on, until the rows are counted again: one that was made while a table was empty
    reads all of it for each member of a claim, which is most of the time of a wave on the day that
    thousands begin. And while it believes a table to be small, it reads all rows to join them
    with those of 200 members. Planning each time anew helps against the first only, and takes up
    to a millisecond for each of these statements.

    Args:
        session: the transaction. On SQLite, which finds rows like that anyway, nothing is done.
    """
    if FOUND_BY_INDEX in session.info:
        return
    if not session.in_nested_transaction():  # whose end in an error would take the settings along
        session.info[FOUND_BY_INDEX] = True
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await connection.execute(_SETTINGS)

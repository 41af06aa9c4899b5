"""The advisory locks of this program on PostgreSQL, and how long a statement may wait there."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# "olie": keeps our advisory locks apart from those of other programs.
ADVISORY_LOCK_SPACE = 0x6F6C6965


async def without_time_limits(connection: AsyncConnection) -> None:
    """Lifts the time limits on locks and statements until this transaction ends (PostgreSQL)."""
    if connection.dialect.name == "postgresql":
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            await connection.execute(text(f"SET LOCAL {limit} = 0"))


async def advisory_lock(connection: AsyncConnection) -> None:
    """Takes the advisory lock of this program until the transaction ends (PostgreSQL).

    It waits without limit for a replica that has it. SQLite has one writer, and needs no such lock.
    """
    if connection.dialect.name == "postgresql":
        await without_time_limits(connection)  # a migration may take long
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:ours, 0)"), {"ours": ADVISORY_LOCK_SPACE}
        )

"""Taking over a channel: what an earlier leader was sending is free at once."""

from bot.store.boxes import outbox
from bot.store.db.engine import Database
from bot.store.nudges import nudges


async def take_over(database: Database, channel: str) -> None:
    """Ends all leases on `channel`, so that what an earlier leader left goes out first.

    Only for the process that leads the channel: another one that still sent would send copies.

    Raises:
        SQLAlchemyError: the database cannot be used now.
        OSError: the database cannot be reached now.
    """
    async with database.transaction() as session:
        await outbox.release_leases(session, channel)
        await nudges.release_leases(session, channel)

"""Processed updates: what a platform delivers twice is handled once."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.nudges import ProcessedUpdateRow


async def is_already_processed(session: AsyncSession, channel: str, key: str, at: datetime) -> bool:
    """Returns whether an update was processed before, and marks it as processed.

    The mark is committed together with what the update changed, so that a crash in between leaves
    neither, and the platform's second delivery is handled. Of two replicas that handle the same
    update at once, one gets a unique violation when it commits, which counts as transient.
    """
    if await session.get(ProcessedUpdateRow, (channel, key)) is not None:
        return True
    session.add(ProcessedUpdateRow(channel=channel, key=key, processed_at=at))
    return False


async def forget_processed(session: AsyncSession, before: datetime) -> None:
    """Deletes the marks from before this moment; no platform delivers that late again."""
    await session.execute(
        delete(ProcessedUpdateRow).where(ProcessedUpdateRow.processed_at < before)
    )

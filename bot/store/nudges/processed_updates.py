"""Processed updates: what a platform delivers twice is handled once."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.nudges import ProcessedUpdateRow


async def is_marked(session: AsyncSession, channel: str, key: str) -> bool:
    """Returns whether an update was processed, or led to nothing, within the last days."""
    return await session.get(ProcessedUpdateRow, (channel, key)) is not None


async def is_already_processed(session: AsyncSession, channel: str, key: str, at: datetime) -> bool:
    """Returns whether an update was processed before, and marks it as processed.

    The mark is committed together with what the update changed, so that a crash in between leaves
    neither, and the platform's second delivery is handled. Of two replicas that handle the same
    update at once, one gets a unique violation when it commits, which counts as transient.
    """
    if await is_marked(session, channel, key):
        return True
    session.add(ProcessedUpdateRow(channel=channel, key=key, processed_at=at))
    return False


async def mark_not_understood(session: AsyncSession, channel: str, key: str, at: datetime) -> None:
    """Marks a message that led to nothing, so that an edit of it is taken as a new message."""
    if not await is_marked(session, channel, key):
        session.add(ProcessedUpdateRow(channel=channel, key=key, processed_at=at))


async def forget_not_understood(session: AsyncSession, channel: str, key: str) -> None:
    """Takes the mark from a message: an edit of it was carried out."""
    is_this = ProcessedUpdateRow.channel == channel, ProcessedUpdateRow.key == key
    await session.execute(delete(ProcessedUpdateRow).where(*is_this))

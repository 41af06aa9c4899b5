"""Sent messages: the platform's ids of what the bot said in a chat and can still take out of it.

What was sent about a nudge has a receipt; all other messages of channels that need their ids for
this are kept here, for as long as the platform lets the bot delete them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.store.db.engine import upsert
from bot.store.schema.nudges import NudgeRow, ReceiptRow, SentMessageRow

# Telegram: https://core.telegram.org/bots/api#deletemessage
DELETABLE_FOR = timedelta(hours=48)

Chat = tuple[str, str]


async def keep(connection: AsyncConnection, sent: Sequence[tuple[Chat, str, datetime]]) -> None:
    """Keeps the ids of messages, each with its chat and when it was sent."""
    statement = upsert(connection.dialect.name, SentMessageRow).on_conflict_do_nothing()
    rows = [
        {"channel": channel, "address": address, "message": message, "sent_at": at}
        for (channel, address), message, at in sent
    ]
    await connection.execute(statement, rows)


async def sent_to(session: AsyncSession, chat: Chat, at: datetime) -> list[str]:
    """Returns the ids of messages in a chat that can still be deleted at `at`."""
    since = at - DELETABLE_FOR
    about_nudges = (
        select(ReceiptRow.receipt)
        .join(NudgeRow, NudgeRow.id == ReceiptRow.nudge_id)
        .where(
            ReceiptRow.channel == chat[0], ReceiptRow.address == chat[1], NudgeRow.round_at > since
        )
    )
    others = select(SentMessageRow.message).where(
        SentMessageRow.channel == chat[0],
        SentMessageRow.address == chat[1],
        SentMessageRow.sent_at > since,
    )
    ids = [*(await session.scalars(about_nudges)).all(), *(await session.scalars(others)).all()]
    return list(dict.fromkeys(ids))


async def purge_old(session: AsyncSession, at: datetime) -> None:
    """Deletes the ids of messages that cannot be deleted any more."""
    await session.execute(
        delete(SentMessageRow).where(SentMessageRow.sent_at <= at - DELETABLE_FOR)
    )

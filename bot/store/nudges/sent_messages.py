"""Sent messages: the platform's ids of what the bot said in a chat and can still take out of it.

What was sent about a nudge has a receipt; all other messages of channels that need their ids for
this are kept here, for as long as the platform lets the bot delete them.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Executable, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.core.privacy.retention import KEEP_DELETABLE
from bot.store.db.engine import upsert
from bot.store.schema.members import AddressRow
from bot.store.schema.nudges import NudgeRow, ReceiptRow, SentMessageRow

Chat = tuple[str, str]


async def keep(connection: AsyncConnection, sent: Sequence[tuple[Chat, str, datetime]]) -> None:
    """Keeps the ids of messages, each with its chat and when it was sent.

    Of chats that are no member's nothing is kept: of a stranger, and of somebody who was erased
    just before.
    """
    rows = [
        {"in_channel": channel, "to": address, "id": message, "at": at}
        for (channel, address), message, at in sent
    ]
    await connection.execute(_insert(connection.dialect.name), rows)


@cache
def _insert(dialect: str) -> Executable:
    columns = SentMessageRow.__table__.c
    chat_of_member = select(
        AddressRow.channel,
        AddressRow.address,
        bindparam("id", type_=columns["message"].type),
        bindparam("at", type_=columns["sent_at"].type),
    ).where(AddressRow.channel == bindparam("in_channel"), AddressRow.address == bindparam("to"))
    names = ["channel", "address", "message", "sent_at"]
    return (
        upsert(dialect, SentMessageRow).from_select(names, chat_of_member).on_conflict_do_nothing()
    )


async def sent_to(session: AsyncSession, chat: Chat, at: datetime) -> list[str]:
    """Returns the ids of messages in a chat that can still be deleted at `at`."""
    since = at - KEEP_DELETABLE
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

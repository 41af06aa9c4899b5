"""Where browsers can be told that something waits: their subscriptions to Web Push."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.push_subscription import Subscription
from bot.store.schema.chat import ChatBrowserRow, ChatPushRow

Chat = tuple[str, str]


def _digest(endpoint: str) -> str:
    return sha256(f"push/{endpoint}".encode()).hexdigest()


async def subscribe(session: AsyncSession, browser_id: int, new: Subscription) -> None:
    """Has a browser be told there; each has one subscription, and each endpoint one browser."""
    row = ChatPushRow
    digest = _digest(new.endpoint)
    await session.execute(
        delete(row).where((row.browser_id == browser_id) | (row.digest == digest))
    )
    session.add(
        row(
            browser_id=browser_id,
            digest=digest,
            endpoint=new.endpoint,
            p256dh=new.p256dh,
            auth=new.auth,
        )
    )
    await session.flush()


async def unsubscribe(session: AsyncSession, browser_id: int) -> None:
    """Has a browser be told nothing any more."""
    await session.execute(delete(ChatPushRow).where(ChatPushRow.browser_id == browser_id))


async def is_subscribed(session: AsyncSession, browser_id: int, endpoint: str = "") -> bool:
    """Returns whether a browser is told when something waits, at this endpoint if one is given."""
    query = select(ChatPushRow.browser_id).where(ChatPushRow.browser_id == browser_id)
    if endpoint:
        query = query.where(ChatPushRow.digest == _digest(endpoint))
    return await session.scalar(query) is not None


async def has_any(session: AsyncSession, chat: Chat, at: datetime) -> bool:
    """Returns whether a browser of this chat is to be told that something waits."""
    query = select(exists().where(ChatPushRow.pushed_at.is_(None), _of(chat, at)))
    return bool(await session.scalar(query))


async def claim(session: AsyncSession, chat: Chat, at: datetime) -> Sequence[Subscription]:
    """Returns where to tell it, and each only once until the chat was opened.

    The UPDATE decides: of two processes with a message for one chat, one gets each subscription.
    """
    row = ChatPushRow
    statement = (
        update(row)
        .where(row.pushed_at.is_(None), _of(chat, at))
        .values(pushed_at=at)
        .returning(row.endpoint, row.p256dh, row.auth)
        .execution_options(synchronize_session=False)
    )
    return [Subscription(*found) for found in (await session.execute(statement)).all()]


async def release(session: AsyncSession, endpoint: str) -> None:
    """Has the next message be told there: this one was not."""
    row = ChatPushRow
    await session.execute(update(row).where(row.digest == _digest(endpoint)).values(pushed_at=None))


async def forget(session: AsyncSession, endpoint: str) -> None:
    """Deletes a subscription that is gone."""
    await session.execute(delete(ChatPushRow).where(ChatPushRow.digest == _digest(endpoint)))


async def was_told(session: AsyncSession, chat: Chat, at: datetime) -> bool:
    """Returns whether a browser of this chat was told that something waits, since it was opened."""
    query = select(exists().where(ChatPushRow.pushed_at.is_not(None), _of(chat, at)))
    return bool(await session.scalar(query))


async def opened(session: AsyncSession, chat: Chat, at: datetime) -> None:
    """Has all browsers of a chat be told of the next message: somebody looked."""
    row = ChatPushRow
    await session.execute(
        update(row)
        .where(row.pushed_at.is_not(None), _of(chat, at))
        .values(pushed_at=None)
        .execution_options(synchronize_session=False)
    )


def _of(chat: Chat, at: datetime) -> ColumnElement[bool]:
    row = ChatBrowserRow
    ids = select(row.id).where(row.channel == chat[0], row.address == chat[1], row.expires_at > at)
    return ChatPushRow.browser_id.in_(ids)

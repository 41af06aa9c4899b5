"""The inbox: what platforms brought and was not handled yet, up to where, and what is set aside."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.messages import ReceivedItem
from bot.store.db.engine import upsert
from bot.store.schema.inbox import InboxPositionRow, InboxRow
from bot.store.schema.members import AddressRow
from bot.store.schema.nudges import ProcessedUpdateRow

FAULT_LENGTH = 60
# More than this of a channel's is not kept; the oldest go. What cannot be handled may be a flood.
MAX_SET_ASIDE = 1_000


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An item that waits, without its content."""

    id: int
    key: str
    chat: str
    attempts: int


def seal_label(channel: str, key: str) -> str:
    """Returns the label under which an item is sealed, so that no row can take another's place."""
    return f"inbox/{channel}/{key}"


# -- taking in


async def known_keys(session: AsyncSession, channel: str, keys: Collection[str]) -> set[str]:
    """Returns which of these keys are in the inbox already, or were handled before."""
    queries = (
        select(row.key).where(row.channel == channel, row.key.in_(keys))
        for row in (InboxRow, ProcessedUpdateRow)
    )
    return {key for query in queries for key in (await session.scalars(query)).all()}


async def waiting_counts(
    session: AsyncSession, channel: str, chats: Collection[str]
) -> dict[str, int]:
    """Returns how many items wait in each of these chats, where any do."""
    query = (
        select(InboxRow.address, func.count().label("waiting"))
        .where(InboxRow.channel == channel, InboxRow.address.in_(chats), _waits())
        .group_by(InboxRow.address)
    )
    return {row.address: row.waiting for row in (await session.execute(query)).all()}


async def count_waiting(session: AsyncSession, channel: str) -> int:
    """Returns how many items of a channel wait."""
    query = select(func.count()).where(InboxRow.channel == channel, _waits())
    return await session.scalar(query) or 0


async def add(
    session: AsyncSession,
    channel: str,
    items: Sequence[tuple[ReceivedItem, bytes]],
    at: datetime,
) -> dict[str, int]:
    """Adds items, each with its sealed content, in this order.

    Returns:
        Their ids by their keys. One that another replica added in the meantime is left out.
    """
    if not items:
        return {}
    rows: list[dict[str, Any]] = [
        {
            "channel": channel,
            "key": item.key,
            "address": item.chat,
            "sender": item.sender,
            "sealed": sealed,
            "received_at": at,
        }
        for item, sealed in items
    ]
    statement = upsert(session.get_bind().dialect.name, InboxRow).on_conflict_do_nothing()
    added = await session.execute(statement.returning(InboxRow.key, InboxRow.id), rows)
    return {row.key: row.id for row in added}


async def position(session: AsyncSession, channel: str, after: datetime | None) -> str | None:
    """Returns up to where the platform's items were taken in; None: nowhere, or not since `after`.

    An `after` of None stands for any time.
    """
    query = select(InboxPositionRow.position).where(InboxPositionRow.channel == channel)
    if after is not None:
        query = query.where(InboxPositionRow.reached_at >= after)
    return await session.scalar(query)


async def save_position(session: AsyncSession, channel: str, position: str, at: datetime) -> None:
    """Saves up to where items were taken in, in the transaction that adds them."""
    values = {"position": position, "reached_at": at}
    statement = upsert(session.get_bind().dialect.name, InboxPositionRow).values(
        channel=channel, **values
    )
    await session.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=values))


# -- working off


def least_suspect_first(page: Sequence[WaitingRow]) -> list[WaitingRow]:
    """Returns what waits so that the chats whose first item was interrupted least often come first.

    What is handled alone is handled in this order. Otherwise, of a process that is ended again and
    again from outside, the item that happens to be the first would be interrupted each time, and
    set aside for it. Each chat keeps its order.
    """
    attempts: dict[str, int] = {}
    for row in page:
        attempts.setdefault(row.chat, row.attempts)
    return sorted(page, key=lambda row: attempts[row.chat])


async def waiting_page(
    session: AsyncSession, channel: str, after_id: int, limit: int
) -> list[WaitingRow]:
    """Returns the next items that wait, by id, without their contents."""
    query = (
        select(InboxRow.id, InboxRow.key, InboxRow.address, InboxRow.attempts)
        .where(InboxRow.channel == channel, InboxRow.id > after_id, _waits())
        .order_by(InboxRow.id)
        .limit(limit)
    )
    return [WaitingRow(*row) for row in (await session.execute(query)).all()]


async def mark_interrupted(session: AsyncSession, channel: str, suspect: int) -> None:
    """Counts an attempt for each item that waits when a process begins to lead the channel.

    Items with `suspect` attempts or more are not counted here, but one by one.
    """
    await session.execute(
        update(InboxRow)
        .where(InboxRow.channel == channel, InboxRow.attempts < suspect, _waits())
        .values(attempts=InboxRow.attempts + 1)
    )


async def sealed_content(session: AsyncSession, item_id: int) -> bytes | None:
    """Returns the sealed content of an item that waits; None: it is not there any more."""
    return await session.scalar(select(InboxRow.sealed).where(InboxRow.id == item_id, _waits()))


async def record_attempt(session: AsyncSession, item_id: int, attempts: int) -> None:
    """Records how often handling an item began and did not end."""
    await session.execute(update(InboxRow).where(InboxRow.id == item_id).values(attempts=attempts))


async def remove(connection: AsyncConnection, item_ids: Iterable[int]) -> None:
    """Deletes items that were handled, or need not be; what is set aside in the meantime stays.

    A look at what waits may read a row just before that is set aside, and have it handled again.
    """
    await connection.execute(delete(InboxRow).where(InboxRow.id.in_(list(item_ids)), _waits()))


# -- setting aside


@dataclass(frozen=True, slots=True)
class SetAside:
    """An item that could not be handled. Its chat and content are not told."""

    id: int
    channel: str
    received_at: datetime
    set_aside_at: datetime
    attempts: int
    fault: str


async def set_aside(session: AsyncSession, item_id: int, fault: str, at: datetime) -> None:
    """Sets an item aside, after which its chat goes on; the oldest above the limit are deleted.

    Args:
        session: in the transaction that does it.
        item_id: which item.
        fault: the kind of error.
        at: the present.
    """
    channel = await session.scalar(
        update(InboxRow)
        .where(InboxRow.id == item_id)
        .values(set_aside_at=at, fault=fault[:FAULT_LENGTH])
        .returning(InboxRow.channel)
    )
    surplus = (
        select(InboxRow.id)
        .where(InboxRow.channel == channel, _is_aside())
        .order_by(InboxRow.set_aside_at.desc(), InboxRow.id.desc())
        .offset(MAX_SET_ASIDE)
    )
    ids = (await session.scalars(surplus)).all()
    if ids:
        await session.execute(delete(InboxRow).where(InboxRow.id.in_(ids)))


async def set_aside_counts(session: AsyncSession) -> Mapping[str, int]:
    """Returns how many items are set aside, by channel; a channel without any is not in it."""
    number = func.count().label("number")
    query = select(InboxRow.channel, number).where(_is_aside()).group_by(InboxRow.channel)
    return {str(row.channel): row.number for row in await session.execute(query)}


async def all_set_aside(session: AsyncSession) -> list[SetAside]:
    """Returns what is set aside, the oldest first."""
    query = select(InboxRow).where(_is_aside()).order_by(InboxRow.id)
    return [
        SetAside(row.id, row.channel, row.received_at, row.set_aside_at, row.attempts, row.fault)
        for row in (await session.scalars(query)).all()
        if row.set_aside_at is not None and row.fault is not None
    ]


async def retry(session: AsyncSession, item_ids: Collection[int] | None) -> set[int]:
    """Has items that are set aside handled again, as if they came in now.

    Args:
        session: in the transaction that does it.
        item_ids: which ones; None: all.

    Returns:
        The ids of those that wait again.
    """
    statement = update(InboxRow).where(_is_aside())
    if item_ids is not None:
        statement = statement.where(InboxRow.id.in_(item_ids))
    values: dict[str, Any] = {"set_aside_at": None, "fault": None, "attempts": 0}
    return set((await session.scalars(statement.values(values).returning(InboxRow.id))).all())


async def discard(session: AsyncSession, item_ids: Collection[int]) -> set[int]:
    """Deletes items that are set aside; returns the ids of those that were."""
    statement = delete(InboxRow).where(_is_aside(), InboxRow.id.in_(item_ids))
    return set((await session.scalars(statement.returning(InboxRow.id))).all())


# -- erasure and restoring


async def forget_member(session: AsyncSession, member_id: int) -> None:
    """Deletes what waits, or is set aside, of a member: in their chats, and from them in groups.

    Call it while the member's addresses are still there.
    """
    for column in (InboxRow.address, InboxRow.sender):
        addresses = select(AddressRow.address).where(
            AddressRow.member_id == member_id, AddressRow.channel == InboxRow.channel
        )
        await session.execute(delete(InboxRow).where(column.in_(addresses)))


async def start_over(session: AsyncSession, positions: Mapping[str, tuple[str, datetime]]) -> None:
    """Empties the inbox; each channel goes on from its position and the moment in `positions`."""
    await session.execute(delete(InboxRow))
    await session.execute(delete(InboxPositionRow))
    for channel, (position, at) in positions.items():
        await save_position(session, channel, position, at)


def _waits() -> ColumnElement[bool]:
    return InboxRow.set_aside_at.is_(None)


def _is_aside() -> ColumnElement[bool]:
    return InboxRow.set_aside_at.is_not(None)

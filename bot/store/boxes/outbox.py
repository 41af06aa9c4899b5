"""The outbox: messages that were decided and have not arrived yet, in order within each chat.

The first row of a chat is its head. Only a head is claimed, together with all that waits behind it,
so that nothing overtakes what was decided before it: not after a restart, and not in another
replica.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased, defer

from bot.store.db.engine import upsert
from bot.store.db.locks import leases
from bot.store.db.notifications.due_moments import note_due
from bot.store.schema.members import AddressRow
from bot.store.schema.outbox import OutboxRow

_Earlier = aliased(OutboxRow)
# Of a row: no other row of its chat was decided before it.
_IS_HEAD = ~exists().where(
    _Earlier.channel == OutboxRow.channel,
    _Earlier.address == OutboxRow.address,
    _Earlier.id < OutboxRow.id,
)
_DELETE = delete(OutboxRow).where(OutboxRow.id == bindparam("row"))


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to add.

    Attributes:
        channel: the name of the channel.
        address: the chat on it.
        key: identifies the message on its channel.
        sealed: the message.
        subject: what it is about, if a later one about the same supersedes it; None: nothing does.
        expires_at: when it is too late to send it.
        leased_until: until when the caller sends it; None: it waits to be claimed.
    """

    channel: str
    address: str
    key: str
    sealed: bytes
    subject: str | None
    expires_at: datetime
    leased_until: datetime | None

    @property
    def chat(self) -> tuple[str, str]:
        """The channel and the address."""
        return self.channel, self.address

    @property
    def identity(self) -> tuple[str, str]:
        """The channel and the key."""
        return self.channel, self.key


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A claimed row, without its content."""

    id: int
    channel: str
    address: str
    key: str
    attempts: int
    expires_at: datetime
    leased_until: datetime


async def add(
    session: AsyncSession, messages: Sequence[NewMessage], now: datetime
) -> list[int | None]:
    """Adds messages; returns for each the id of its row if it is leased to the caller.

    None means that the outbox sends it later: an earlier message of its chat still waits, or the
    caller did not want the lease, or a message with its key waits already.

    A lease makes the messages the caller's own to send right after the commit. A crash after that
    costs a delay, until the leases have run out or the channel is taken over.
    """
    connection = await session.connection()
    rows = await connection.execute(
        _insert(connection.dialect.name), [_values(message, now) for message in messages]
    )
    by_identity = {(row.channel, row.key): row for row in rows}
    added = [
        (message, row)
        for message in messages
        if (row := by_identity.get(message.identity)) is not None
    ]
    # The rows of this statement are no earlier ones; PostgreSQL does not see them, and SQLite does.
    first_added: dict[tuple[str, str], int] = {}
    for message, row in added:
        first_added[message.chat] = min(row.id, first_added.get(message.chat, row.id))
    behind = [
        (message, row.id)
        for message, row in added
        if row.first is not None and row.first < first_added[message.chat]
    ]
    if behind:
        await _leave_behind(session, behind)
    waiting = {row_id for _, row_id in behind}
    leased = {
        message.identity: row.id
        for message, row in added
        if message.leased_until is not None and row.id not in waiting
    }
    if len(leased) < len(messages):  # somebody has to look at those that nobody sends now
        await note_due(session, now)
    return [leased.get(message.identity) for message in messages]


def _values(message: NewMessage, now: datetime) -> dict[str, Any]:
    return {
        "channel": message.channel,
        "address": message.address,
        "key": message.key,
        "sealed": message.sealed,
        "subject": message.subject,
        "created_at": now,
        "expires_at": message.expires_at,
        "attempts": 0,
        "send_at": now,
        "leased_until": message.leased_until,
    }


@cache
def _insert(dialect: str) -> Executable:
    """Builds the INSERT, which returns also the first row of the chat, if there was one."""
    earlier = aliased(OutboxRow)
    first = select(func.min(earlier.id)).where(
        earlier.channel == literal_column("outbox.channel"),
        earlier.address == literal_column("outbox.address"),
    )
    return (
        upsert(dialect, OutboxRow)
        .on_conflict_do_nothing(index_elements=["channel", "key"])
        .returning(
            OutboxRow.id, OutboxRow.channel, OutboxRow.key, first.scalar_subquery().label("first")
        )
    )


async def _leave_behind(session: AsyncSession, behind: Sequence[tuple[NewMessage, int]]) -> None:
    """Ends the leases of rows behind others, and deletes what they supersede."""
    row_ids = [row_id for _, row_id in behind]
    await session.execute(
        update(OutboxRow).where(OutboxRow.id.in_(row_ids)).values(**leases.NO_LEASE)
    )
    for message, row_id in behind:
        if message.subject is not None:
            await session.execute(
                delete(OutboxRow).where(
                    *_in_chat(message.channel, message.address),
                    OutboxRow.subject == message.subject,
                    OutboxRow.id < row_id,
                    OutboxRow.leased_until.is_(None),  # one that is being sent goes first
                )
            )


async def claim(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int, until: datetime
) -> list[list[WaitingMessage]]:
    """Leases all that waits in at most `limit` chats whose head is due; returns it chat by chat.

    The rows are locked until the transaction ends; PostgreSQL passes over chats whose head another
    replica has locked. What has expired is deleted.
    """
    await session.execute(
        delete(OutboxRow).where(
            OutboxRow.channel.in_(channels), OutboxRow.expires_at <= now, _is_free(now)
        )
    )
    heads = (
        select(OutboxRow.channel, OutboxRow.address)
        .where(
            OutboxRow.channel.in_(channels),
            OutboxRow.send_at <= now,
            _is_free(now),
            _IS_HEAD,
        )
        .order_by(OutboxRow.send_at, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=OutboxRow)
    )
    chats = [tuple(chat) for chat in (await session.execute(heads)).all()]
    if not chats:
        return []
    rows = await session.scalars(
        select(OutboxRow)
        .options(defer(OutboxRow.sealed))
        .where(tuple_(OutboxRow.channel, OutboxRow.address).in_(chats), _is_free(now))
        .order_by(OutboxRow.channel, OutboxRow.address, OutboxRow.id)
        .with_for_update()
    )
    claimed = []
    for row in rows:
        leases.take(row, until, is_attempt=False)  # those behind the head are perhaps not tried
        claimed.append(
            WaitingMessage(
                row.id, row.channel, row.address, row.key, row.attempts, row.expires_at, until
            )
        )
    return [list(chat) for _, chat in groupby(claimed, lambda row: (row.channel, row.address))]


def _is_free(now: datetime) -> ColumnElement[bool]:
    return leases.is_free(OutboxRow.leased_until, now)


async def read_leased(
    session: AsyncSession, row_id: int, until: datetime
) -> tuple[str, bytes] | None:
    """Returns the address and the sealed message of a row that is still leased until `until`.

    None means that it was deleted, or that another sender has it.
    """
    query = select(OutboxRow.address, OutboxRow.sealed).where(
        OutboxRow.id == row_id, OutboxRow.leased_until == until
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row.address, row.sealed)


async def has_earlier(session: AsyncSession, channel: str, address: str, row_id: int) -> bool:
    """Returns whether a message of this chat waits that was decided before the one of `row_id`."""
    query = select(OutboxRow.id).where(*_in_chat(channel, address), OutboxRow.id < row_id)
    return await session.scalar(query.limit(1)) is not None


async def is_waiting(session: AsyncSession, channel: str, address: str) -> bool:
    """Returns whether any message waits for this chat."""
    query = select(OutboxRow.id).where(*_in_chat(channel, address))
    return await session.scalar(query.limit(1)) is not None


async def postpone(
    session: AsyncSession, row_ids: Sequence[int], until: datetime, send_at: datetime
) -> None:
    """Ends the leases until `until` of these rows of one chat, in order; the first has failed.

    A row that another sender has leased in the meantime is left alone.
    """
    ours = (OutboxRow.id.in_(row_ids), OutboxRow.leased_until == until)
    failed = OutboxRow.id == row_ids[0]
    await session.execute(
        update(OutboxRow)
        .where(*ours)
        .values(
            attempts=OutboxRow.attempts + case((failed, 1), else_=0),
            **leases.released_values(send_at),
        )
    )
    await note_due(session, send_at)


async def release(session: AsyncSession, row_ids: Sequence[int], until: datetime) -> None:
    """Ends the leases until `until` of these rows, of which none was tried."""
    ours = (OutboxRow.id.in_(row_ids), OutboxRow.leased_until == until)
    await session.execute(update(OutboxRow).where(*ours).values(**leases.NO_LEASE))


async def delete_arrived(connection: AsyncConnection, row_ids: Collection[int]) -> None:
    """Deletes rows whose messages arrived."""
    await connection.execute(_DELETE, [{"row": row_id} for row_id in sorted(row_ids)])


async def drop(session: AsyncSession, row_ids: Collection[int]) -> None:
    """Deletes rows that are not sent any more."""
    await session.execute(delete(OutboxRow).where(OutboxRow.id.in_(row_ids)))


async def drop_chat(session: AsyncSession, channel: str, address: str) -> None:
    """Deletes all that waits for a chat that is gone."""
    await session.execute(delete(OutboxRow).where(*_in_chat(channel, address)))


async def drop_of_member(session: AsyncSession, member_id: int) -> None:
    """Deletes all that waits for the chats of a member."""
    chats = select(AddressRow.channel, AddressRow.address).where(AddressRow.member_id == member_id)
    await session.execute(
        delete(OutboxRow).where(tuple_(OutboxRow.channel, OutboxRow.address).in_(chats))
    )


async def drop_everything(session: AsyncSession) -> None:
    """Deletes all rows: a restored backup says again nothing that it said before."""
    await session.execute(delete(OutboxRow))


async def move_chat(session: AsyncSession, channel: str, old: str, new: str) -> None:
    """Moves what waits for a chat, and for topics in it (`old/7`), to its new address."""
    query = select(OutboxRow.address).where(OutboxRow.channel == channel).distinct()
    for address in (await session.scalars(query)).all():  # sealed, so SQL cannot look inside
        if address == old or address.startswith(f"{old}/"):
            await session.execute(
                update(OutboxRow)
                .where(*_in_chat(channel, address))
                .values(address=new + address.removeprefix(old))
            )


async def release_leases(session: AsyncSession, channel: str) -> None:
    """Ends the leases that an earlier leader of the channel left behind; the rows stay due.

    Only for the new leader, before it sends: leases are all of one that sends no longer.
    """
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.channel == channel, OutboxRow.leased_until.is_not(None))
        .values(**leases.NO_LEASE)
    )


async def next_send_at(session: AsyncSession, channels: Collection[str]) -> datetime | None:
    """Returns when the next message on `channels` has to be sent; None: none has to.

    Where a sender has the head of a chat, that is not before its lease has run out.
    """
    query = select(leases.earliest_due(OutboxRow.send_at, OutboxRow.leased_until)).where(
        OutboxRow.channel.in_(channels), _IS_HEAD
    )
    earliest: datetime | None = await session.scalar(query)
    return earliest


async def is_held_up(session: AsyncSession, channels: Collection[str], now: datetime) -> bool:
    """Returns whether a message on `channels` waits for one of its chat that is being sent now."""
    in_flight = exists().where(
        _Earlier.channel == OutboxRow.channel,
        _Earlier.address == OutboxRow.address,
        _Earlier.id < OutboxRow.id,
        _Earlier.leased_until > now,
    )
    query = select(OutboxRow.id).where(OutboxRow.channel.in_(channels), _is_free(now), in_flight)
    return await session.scalar(query.limit(1)) is not None


def _in_chat(channel: str, address: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OutboxRow.channel == channel, OutboxRow.address == address

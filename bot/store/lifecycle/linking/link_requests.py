"""Link requests: a chat that used a code, until both chats have answered."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.lifecycle.linking.linking import CODE_VALID_FOR
from bot.store.schema.members import AddressRow, LinkRequestRow, MemberRow

Chat = tuple[str, str]


async def open_request(
    session: AsyncSession, owner: MemberRow, chat: Chat, language: str, at: datetime
) -> LinkRequestRow:
    """Adds the request of a chat to join the member whose code it used; the chat is asked first.

    It takes the place of an earlier request of that chat.
    """
    channel, address = chat
    await session.execute(
        delete(LinkRequestRow).where(
            LinkRequestRow.channel == channel, LinkRequestRow.address == address
        )
    )
    request = LinkRequestRow(
        member_id=owner.id,
        channel=channel,
        address=address,
        language=language,
        confirmed=False,
        expires_at=at + CODE_VALID_FOR,
    )
    session.add(request)
    await session.flush()
    return request


async def request_of_chat(
    session: AsyncSession, request_id: int, chat: Chat, at: datetime
) -> LinkRequestRow | None:
    """Returns the request that this chat made and has to answer; None: there is none (any more).

    It is locked on PostgreSQL.
    """
    return await _open(
        session,
        at,
        LinkRequestRow.id == request_id,
        LinkRequestRow.channel == chat[0],
        LinkRequestRow.address == chat[1],
        LinkRequestRow.confirmed.is_(False),
    )


async def request_to_member(
    session: AsyncSession, request_id: int, member_id: int, at: datetime
) -> LinkRequestRow | None:
    """Returns the request that this member has to answer; None: there is none (any more).

    It is locked on PostgreSQL: of two chats that answer at the same time, one finds none.
    """
    return await _open(
        session,
        at,
        LinkRequestRow.id == request_id,
        LinkRequestRow.member_id == member_id,
        LinkRequestRow.confirmed.is_(True),
    )


async def _open(
    session: AsyncSession, at: datetime, *conditions: ColumnElement[bool]
) -> LinkRequestRow | None:
    query = select(LinkRequestRow).where(*conditions, LinkRequestRow.expires_at > at)
    return await session.scalar(query.with_for_update())


async def drop_of_member(session: AsyncSession, member_id: int) -> None:
    """Deletes the requests that this member's chats made; those to them go with their row."""
    own_address = exists().where(
        AddressRow.member_id == member_id,
        AddressRow.channel == LinkRequestRow.channel,
        AddressRow.address == LinkRequestRow.address,
    )
    await session.execute(delete(LinkRequestRow).where(own_address))


async def next_end(session: AsyncSession) -> datetime | None:
    """Returns when the first request that nobody answered expires; None: there is none."""
    return await session.scalar(select(func.min(LinkRequestRow.expires_at)))


async def take_expired(session: AsyncSession, at: datetime) -> Sequence[LinkRequestRow]:
    """Deletes the requests that nobody answered in time, and returns them."""
    statement = (
        delete(LinkRequestRow).where(LinkRequestRow.expires_at <= at).returning(LinkRequestRow)
    )
    return (await session.scalars(statement)).all()

"""Group requests: group chats in which a code was typed, until a lead has answered."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.teams import GroupRequestRow

OPEN_FOR = timedelta(days=1)


async def open_request(
    session: AsyncSession, team_id: int, chat: tuple[str, str], posting_address: str, at: datetime
) -> GroupRequestRow:
    """Adds the request that a group chat becomes a team's, in the place of an earlier one of it.

    Args:
        session: the transaction.
        team_id: the team.
        chat: the channel and the address of the chat.
        posting_address: where digests would be posted: the address, or that of a topic in it.
        at: the present.
    """
    channel, address = chat
    await drop_request(session, channel, address)
    request = GroupRequestRow(
        team_id=team_id,
        channel=channel,
        address=address,
        posting_address=posting_address,
        expires_at=at + OPEN_FOR,
    )
    session.add(request)
    await session.flush()
    return request


async def find_request(
    session: AsyncSession, request_id: int, team_id: int, at: datetime
) -> GroupRequestRow | None:
    """Returns a request that a lead of this team may answer, locked for update; None: it is over.

    Of two leads who answer at the same time, one finds none.
    """
    query = select(GroupRequestRow).where(
        GroupRequestRow.id == request_id,
        GroupRequestRow.team_id == team_id,
        GroupRequestRow.expires_at > at,
    )
    return await session.scalar(query.with_for_update())


async def drop_request(session: AsyncSession, channel: str, address: str) -> None:
    """Deletes the request of a group chat, if there is one."""
    await session.execute(
        delete(GroupRequestRow).where(
            GroupRequestRow.channel == channel, GroupRequestRow.address == address
        )
    )


async def move_request(session: AsyncSession, channel: str, old: str, new: str) -> None:
    """Gives the request of a group chat its new address; a topic in it keeps its number."""
    row = await session.scalar(
        select(GroupRequestRow).where(
            GroupRequestRow.channel == channel, GroupRequestRow.address == old
        )
    )
    if row is None:
        return
    await session.execute(
        update(GroupRequestRow)
        .where(GroupRequestRow.id == row.id)
        .values(address=new, posting_address=new + row.posting_address.removeprefix(old))
    )

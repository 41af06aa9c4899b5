"""One person on two channels: codes that link their chats, and two histories that become one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.nudges import nudges
from bot.store.schema.members import AddressRow, LinkCodeRow, MemberRow
from bot.store.teams import codes

CODE_VALID_FOR = timedelta(minutes=15)
LENGTH = 8  # characters, which are 40 bits
LINK = "link"


async def new_code(session: AsyncSession, member_id: int, at: datetime) -> str:
    """A code for this member, such as `K7QF-2MPX`; the one of before does not work any more."""
    code = codes.new_code(LENGTH)
    await session.execute(delete(LinkCodeRow).where(LinkCodeRow.member_id == member_id))
    session.add(
        LinkCodeRow(
            member_id=member_id, digest=codes.digest(LINK, code), expires_at=at + CODE_VALID_FOR
        )
    )
    return f"{code[:4]}-{code[4:]}"


async def code_owner(session: AsyncSession, code: str, at: datetime) -> int | None:
    """Whose code this is, if it is one that works; nothing is used up yet."""
    query = select(LinkCodeRow.member_id).where(
        LinkCodeRow.digest == codes.digest(LINK, code), LinkCodeRow.expires_at > at
    )
    return await session.scalar(query)


async def redeem(session: AsyncSession, code: str, at: datetime) -> MemberRow | None:
    """Uses a code up; its member, whom nobody else changes until this transaction is over.

    Of two that use it at once, one gets None.
    """
    taken = (
        delete(LinkCodeRow)
        .where(LinkCodeRow.digest == codes.digest(LINK, code), LinkCodeRow.expires_at > at)
        .returning(LinkCodeRow.member_id)
    )
    number = await session.scalar(taken)
    if number is None:
        return None
    query = select(MemberRow).where(MemberRow.id == number)
    return await session.scalar(query.with_for_update(of=MemberRow, key_share=True))


async def purge_expired(session: AsyncSession, at: datetime) -> None:
    """Drops codes that do not work any more."""
    await session.execute(delete(LinkCodeRow).where(LinkCodeRow.expires_at <= at))


@dataclass(frozen=True, slots=True)
class Chats:
    """Where a member can be reached, and which channel they chose for nudges."""

    addresses: list[tuple[str, str]]
    chosen: str | None

    @property
    def channels(self) -> frozenset[str]:
        """The channels on which they are."""
        return frozenset(channel for channel, _ in self.addresses)


async def chats_of(session: AsyncSession, member: MemberRow) -> Chats:
    """The member's chats, the oldest first."""
    query = (
        select(AddressRow.channel, AddressRow.address)
        .where(AddressRow.member_id == member.id)
        .order_by(AddressRow.id)
    )
    rows = (await session.execute(query)).all()
    return Chats([(row.channel, row.address) for row in rows], member.nudge_channel)


async def add_chat(session: AsyncSession, member: MemberRow, channel: str, address: str) -> None:
    """From now on the member is there too."""
    session.add(AddressRow(member_id=member.id, channel=channel, address=address))
    member.left_at = None
    await session.flush()


async def remove_chat(session: AsyncSession, member: MemberRow, channel: str, address: str) -> bool:
    """The member is not there any more; False when it is their only chat, which then stays."""
    others = select(AddressRow.id).where(
        AddressRow.member_id == member.id,
        (AddressRow.channel != channel) | (AddressRow.address != address),
    )
    if await session.scalar(others.limit(1)) is None:
        return False
    await session.execute(
        delete(AddressRow).where(
            AddressRow.member_id == member.id,
            AddressRow.channel == channel,
            AddressRow.address == address,
        )
    )
    if member.nudge_channel == channel:
        member.nudge_channel = None
    return True


async def close_chat(
    session: AsyncSession, member: MemberRow, channel: str, address: str, at: datetime
) -> bool:
    """They closed this chat; whether they have another, in which everything goes on."""
    if await remove_chat(session, member, channel, address):
        return True
    member.left_at = at
    await nudges.cancel_pending(session, member.id)
    return False

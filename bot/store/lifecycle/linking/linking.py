"""Linking: codes with which a member adds a chat on another channel, and the chats they have."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.lifecycle import ledger
from bot.store.lifecycle.linking import links
from bot.store.members import members
from bot.store.nudges import nudges
from bot.store.schema.ledger import Act
from bot.store.schema.members import AddressRow, LinkCodeRow, MemberRow
from bot.store.teams import codes

CODE_VALID_FOR = timedelta(minutes=15)
LENGTH = 8  # characters, which are 40 bits
LINK = "link"


async def new_code(session: AsyncSession, member_id: int, at: datetime) -> str:
    """Returns a new code for this member, such as `K7QF-2MPX`; it replaces their earlier code."""
    code = codes.new_code(LENGTH)
    await session.execute(delete(LinkCodeRow).where(LinkCodeRow.member_id == member_id))
    session.add(
        LinkCodeRow(
            member_id=member_id, digest=codes.digest(LINK, code), expires_at=at + CODE_VALID_FOR
        )
    )
    return f"{code[:4]}-{code[4:]}"


async def code_owner(session: AsyncSession, code: str, at: datetime) -> int | None:
    """Returns the id of the member whose valid code this is, or None; the code stays valid."""
    query = select(LinkCodeRow.member_id).where(
        LinkCodeRow.digest == codes.digest(LINK, code), LinkCodeRow.expires_at > at
    )
    return await session.scalar(query)


async def redeem(session: AsyncSession, code: str, at: datetime) -> MemberRow | None:
    """Uses a code up and returns its member, locked for update on PostgreSQL; None: not valid.

    The DELETE decides: of two transactions that redeem the code at the same time, one gets None.
    """
    statement = (
        delete(LinkCodeRow)
        .where(LinkCodeRow.digest == codes.digest(LINK, code), LinkCodeRow.expires_at > at)
        .returning(LinkCodeRow.member_id)
    )
    member_id = await session.scalar(statement)
    if member_id is None:
        return None
    query = select(MemberRow).where(MemberRow.id == member_id)
    return await session.scalar(query.with_for_update(of=MemberRow, key_share=True))


@dataclass(frozen=True, slots=True)
class Chats:
    """The chats of a member.

    Attributes:
        addresses: channel and address of each chat, oldest first.
        chosen: the channel that they chose for nudges; None: they chose none.
    """

    addresses: list[tuple[str, str]]
    chosen: str | None

    @property
    def channels(self) -> frozenset[str]:
        """The channels on which they have a chat."""
        return frozenset(channel for channel, _ in self.addresses)


async def chats_of(session: AsyncSession, member: MemberRow) -> Chats:
    """Returns the member's chats, oldest first."""
    return Chats(await members.chats_of_members(session, [member.id]), member.nudge_channel)


async def remove_chat(
    session: AsyncSession, member: MemberRow, channel: str, address: str, at: datetime
) -> bool:
    """Removes a chat from a member; returns False, and keeps it, when it is their only one."""
    others = select(AddressRow.id).where(
        AddressRow.member_id == member.id,
        (AddressRow.channel != channel) | (AddressRow.address != address),
    )
    if await session.scalar(others.limit(1)) is None:
        return False
    deleted = await session.scalars(
        delete(AddressRow)
        .where(
            AddressRow.member_id == member.id,
            AddressRow.channel == channel,
            AddressRow.address == address,
        )
        .returning(AddressRow.id)
    )
    ledger.record(session, Act.CHAT_UNLINKED, deleted.all(), at)
    if member.nudge_channel == channel:
        member.nudge_channel = None
    return True


async def close_chat(
    session: AsyncSession, member: MemberRow, channel: str, address: str, at: datetime
) -> bool:
    """Removes a chat that the member closed; returns whether they have another one.

    Without another one it stays, they count as having left at `at`, and nothing more is sent. It
    stays too while their link can be undone, because it belongs to one of the two then; nudges go
    to another chat.
    """
    link = await links.undoable_link(session, member.id, at)
    if link is None and await remove_chat(session, member, channel, address, at):
        return True
    if link is not None and link.closed_channel in (None, channel):
        link.closed_channel = channel
        chats = await chats_of(session, member)
        member.nudge_channel = next(iter(sorted(chats.channels - {channel})), None)
        return member.nudge_channel is not None
    member.left_at = at
    await nudges.cancel_pending(session, member.id)
    return False

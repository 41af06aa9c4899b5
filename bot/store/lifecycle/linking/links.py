"""Links: two members who became one, and how that is undone within a week."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.lifecycle import ledger
from bot.store.lifecycle.linking.merge_changes import MergeChanges
from bot.store.lifecycle.linking.merge_members import merge_members
from bot.store.lifecycle.linking.split_members import split_members
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.schema.ledger import Act
from bot.store.schema.members import AddressRow, LinkRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, ShareRow
from bot.store.teams import digests, shares

UNDO_WITHIN = timedelta(days=7)


async def link_members(
    session: AsyncSession,
    member: MemberRow,
    other: MemberRow,
    at: datetime,
    *,
    is_new: bool,
) -> LinkRow:
    """Makes two members one, and records what is needed to undo that for a week.

    Args:
        session: the transaction.
        member: stays.
        other: joins them, and has no chat any more.
        at: the present.
        is_new: whether `other` was made for this, and has done nothing yet.
    """
    changes = await merge_members(session, member, other, at)
    link = LinkRow(
        member_id=member.id,
        joined_member_id=other.id,
        undo_until=at + UNDO_WITHIN,
        changes=changes.model_copy(update={"is_new": is_new}).model_dump_json(),
    )
    session.add(link)
    await session.flush()
    return link


async def undoable_link(session: AsyncSession, member_id: int, at: datetime) -> LinkRow | None:
    """Returns the link of a member that can still be undone, or None: there is at most one."""
    query = select(LinkRow).where(LinkRow.member_id == member_id, LinkRow.undo_until > at)
    return await session.scalar(query)


async def chat_in_team(
    session: AsyncSession, member: MemberRow, team_id: int, at: datetime
) -> tuple[str, str]:
    """Returns the chat of a member in which a role in a team of theirs is to hold.

    That is their oldest, but while a link can be undone one of whom the team had as a member: the
    other may be somebody who talked them into it.
    """
    query = select(AddressRow).where(AddressRow.member_id == member.id).order_by(AddressRow.id)
    chats = (await session.scalars(query)).all()
    link = await undoable_link(session, member.id, at)
    if link is not None:
        changes = MergeChanges.model_validate_json(link.changes)
        of_team = select(MembershipRow.id).where(
            MembershipRow.member_id == member.id, MembershipRow.team_id == team_id
        )
        has_joined = await session.scalar(of_team) in changes.memberships
        chats = [row for row in chats if (row.id in changes.addresses) == has_joined] or chats
    return chats[0].channel, chats[0].address


async def undo_link(
    session: AsyncSession, vault: Vault, member: MemberRow, link: LinkRow, at: datetime
) -> MemberRow | None:
    """Splits a member again; returns the other one, or None when nothing but a chat was theirs.

    The chat is a stranger's again then.
    """
    changes = MergeChanges.model_validate_json(link.changes)
    other = await session.get_one(MemberRow, link.joined_member_id)
    closed_channel = link.closed_channel
    await _withdraw_shares(
        session, member.id, changes.last_nudge, link.undo_until - UNDO_WITHIN, at
    )
    await session.delete(link)
    ledger.record(session, Act.MERGE_UNDONE, [member.id], at, other.id)
    if await split_members(session, vault, member, other, changes, at):
        for row in (member, other):
            if not await _has_chat_besides(session, row.id, closed_channel):
                row.left_at, row.next_nudge_at = at, None
        return other
    await _delete_member(session, vault, other.id)
    session.expunge(other)
    return None


async def split_off(
    session: AsyncSession, vault: Vault, member: MemberRow, chat: tuple[str, str], at: datetime
) -> tuple[MemberRow | None, list[tuple[str, str]]]:
    """Undoes a link that can still be undone, so that what one chat asks is done to its own alone.

    Nobody who talked somebody into a link can have the other's diary erased with their own.

    Returns:
        The member to whom the chat belongs now, or None when nothing but the chat was theirs; and
        the chats of the other, who keep what is theirs. Without such a link, all is as it was.
    """
    link = await undoable_link(session, member.id, at)
    if link is None:
        return member, []
    chats = await members.chats_of_members(session, [member.id])
    await undo_link(session, vault, member, link, at)
    await session.flush()
    own = await members.find_member(session, *chat)
    owners = {pair: await members.find_member(session, *pair) for pair in chats}
    return own, [pair for pair, owner in owners.items() if owner is not own and pair != chat]


async def _withdraw_shares(
    session: AsyncSession, member_id: int, last_nudge: int, since: datetime, at: datetime
) -> None:
    """Takes back what was shared since a link of what was written before it.

    Either chat could share what the other one had kept private, and nobody knows which did.
    """
    query = (
        select(ShareRow.nudge_id)
        .join(NudgeRow, NudgeRow.id == ShareRow.nudge_id)
        .where(
            NudgeRow.member_id == member_id, NudgeRow.id <= last_nudge, ShareRow.shared_at >= since
        )
    )
    nudge_ids = (await session.scalars(query)).all()
    for nudge_id in nudge_ids:
        await shares.withdraw(session, nudge_id, at)
    await digests.mark_for_correction(session, nudge_ids, at)


async def _has_chat_besides(session: AsyncSession, member_id: int, closed: str | None) -> bool:
    chats = await members.chats_of_members(session, [member_id])
    return any(channel != closed for channel, _ in chats)


async def next_end(session: AsyncSession) -> datetime | None:
    """Returns when the first link can no longer be undone; None: there is none."""
    return await session.scalar(select(func.min(LinkRow.undo_until)))


async def purge_links(session: AsyncSession, at: datetime) -> None:
    """Deletes what undoing needs of links that cannot be undone any more.

    The key of the member who joined stays, for what they wrote until then: it goes with the other
    keys of this person, when they are erased (see `ledger.ids_of_person`).
    """
    over = select(LinkRow.joined_member_id).where(LinkRow.undo_until <= at)
    await session.execute(
        delete(MemberRow).where(MemberRow.id.in_(over)).execution_options(synchronize_session=False)
    )


async def _delete_member(session: AsyncSession, vault: Vault, member_id: int) -> None:
    await session.flush()
    await vault.shred(member_id)
    await session.execute(delete(MemberRow).where(MemberRow.id == member_id))

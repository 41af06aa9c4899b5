"""Undoing a merge: each of the two members gets their own again."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.challenges import history, programmes
from bot.store.lifecycle.linking.merge_changes import MemberSettings, MergeChanges
from bot.store.members import members
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.nudges import round_counts
from bot.store.schema.members import AbsenceRow, AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReceiptRow
from bot.store.schema.teams import MembershipRow

IDS_PER_STATEMENT = 500


async def split_members(
    session: AsyncSession,
    vault: Vault,
    member: MemberRow,
    other: MemberRow,
    changes: MergeChanges,
    at: datetime,
) -> bool:
    """Undoes a merge: `other` gets back what was theirs, and `member` keeps the rest.

    What came since belongs to the chat in which it arrived. A team that was left since stays left
    by both, because leaving is somebody's own decision.

    Returns:
        Whether anything of `other` is there besides their chat.
    """
    await history.discard(session, {member.id, other.id})
    await _give_back_addresses(session, other.id, changes.addresses)
    nudge_ids = [*changes.nudges, *await _arrived_since(session, member.id, other.id, changes)]
    await Diary(session, vault, member.id).give_back(other.id, set(nudge_ids))
    for ids in _batches(nudge_ids):
        await session.execute(
            update(NudgeRow)
            .where(NudgeRow.id.in_(ids), NudgeRow.member_id == member.id)
            .values(member_id=other.id)
        )
    for ids in _batches(changes.made_extra):
        await session.execute(update(NudgeRow).where(NudgeRow.id.in_(ids)).values(extra=False))
    await session.execute(
        update(AbsenceRow)
        .where(AbsenceRow.id.in_(changes.absences), AbsenceRow.member_id == member.id)
        .values(member_id=other.id)
    )
    await round_counts.put_back(session, member.id, changes.counts_before)
    await _give_back_memberships(session, member.id, other.id, changes)
    if changes.moved_programme:
        await programmes.move_to_member(session, other.id, member.id)
    _restore_settings(member, changes)
    for row in (member, other):
        row.left_at = row.quiet_since = None
        row.expects(None)
        await session.flush()
        await session.refresh(row, ["absence_rows"])
        if row.welcomed:
            await members.plan_next_nudge(session, row, at)
    return bool(nudge_ids) or not changes.is_new


async def _give_back_addresses(session: AsyncSession, other_id: int, ids: list[int]) -> None:
    await session.execute(
        update(AddressRow).where(AddressRow.id.in_(ids)).values(member_id=other_id)
    )


async def _arrived_since(
    session: AsyncSession, member_id: int, other_id: int, changes: MergeChanges
) -> list[int]:
    """Returns the nudges since the merge that arrived in a chat of the member who joined."""
    query = (
        select(NudgeRow.id)
        .distinct()
        .join(ReceiptRow, ReceiptRow.nudge_id == NudgeRow.id)
        .join(
            AddressRow,
            (AddressRow.channel == ReceiptRow.channel) & (AddressRow.address == ReceiptRow.address),
        )
        .where(
            NudgeRow.member_id == member_id,
            NudgeRow.id > changes.last_nudge,
            AddressRow.member_id == other_id,
        )
    )
    return list((await session.scalars(query)).all())


async def _give_back_memberships(
    session: AsyncSession, member_id: int, other_id: int, changes: MergeChanges
) -> None:
    """Moves back the memberships that moved, and makes again those in teams of both."""
    await session.execute(
        update(MembershipRow)
        .where(MembershipRow.id.in_(changes.memberships), MembershipRow.member_id == member_id)
        .values(member_id=other_id)
    )
    query = select(MembershipRow).where(MembershipRow.member_id == member_id)
    hidden_in = {row.team_id: row.hidden for row in (await session.scalars(query)).all()}
    session.add_all(
        MembershipRow(
            team_id=shared.team_id,
            member_id=other_id,
            joined_at=shared.joined_at,
            hidden=shared.hidden or hidden_in[shared.team_id],
        )
        for shared in changes.shared_memberships
        if shared.team_id in hidden_in
    )
    await session.flush()


def _restore_settings(member: MemberRow, changes: MergeChanges) -> None:
    """Sets back what the merge changed and the member has not changed since."""
    for name in MemberSettings.model_fields:
        if getattr(member, name) == getattr(changes.after, name):
            setattr(member, name, getattr(changes.before, name))
    member.name = None  # it may be the other's; the platform tells it again
    member.nudge_channel = None


def _batches(ids: list[int]) -> Iterator[Iterable[int]]:
    """Yields the ids in groups that fit in a statement."""
    for first in range(0, len(ids), IDS_PER_STATEMENT):
        yield ids[first : first + IDS_PER_STATEMENT]

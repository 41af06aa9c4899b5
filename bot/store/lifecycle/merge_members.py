"""Merging two members into one, after a person linked two chats."""

from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rounds import COUNTS
from bot.store.challenges import history, programmes
from bot.store.members import members
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.members import AbsenceRow, AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow
from bot.store.teams import weeks


async def merge_members(
    session: AsyncSession, vault: Vault, member: MemberRow, other: MemberRow, at: datetime
) -> None:
    """Makes two members one: `member` stays, with all that both did and wrote.

    What `other` did counts as an extra challenge does: once a day at most, and what they left
    costs nothing. A round that `member` left on a day on which `other` did one, costs nothing
    either. The key of `other` is shredded, after what it sealed was sealed anew.
    """
    did = await _days_done(session, other.id)
    await _settle_their_weeks(session, member.id, other.id)
    await history.discard(session, {member.id, other.id})
    await Diary(session, vault, other.id).move_to(member.id)
    # Whatever still waits for the other one does not go out: nobody has two nudges waiting.
    await session.execute(
        update(NudgeRow)
        .where(NudgeRow.member_id == other.id)
        .values(member_id=member.id, extra=True, send_at=None, leased_until=None)
    )
    if did:
        await session.execute(
            update(NudgeRow)
            .where(
                NudgeRow.member_id == member.id,
                NudgeRow.day.in_(did),
                NudgeRow.answer.is_(None) | NudgeRow.answer.not_in(COUNTS),
            )
            .values(extra=True)
        )
    await session.execute(
        update(AddressRow).where(AddressRow.member_id == other.id).values(member_id=member.id)
    )
    await session.execute(
        update(AbsenceRow).where(AbsenceRow.member_id == other.id).values(member_id=member.id)
    )
    await _join_their_teams(session, member.id, other.id)
    await programmes.move_to_member(session, member.id, other.id)
    if other.welcomed and not member.welcomed:  # what only one of them has chosen, holds
        member.language, member.welcomed = other.language, True
        member.expects(None)
        members.set_rhythm(member, other.rhythm, at)
    member.joined_at = min(member.joined_at, other.joined_at)
    member.left_at = None
    await session.flush()
    await vault.shred(session, other.id)
    session.expunge(other)
    await session.execute(delete(MemberRow).where(MemberRow.id == other.id))
    await session.refresh(member, ["absence_rows"])
    is_due = member.next_nudge_at is not None and member.next_nudge_at <= at
    if member.welcomed and not is_due:  # a moment that has come is not passed over
        members.plan_next_nudge(member, at)


async def _settle_their_weeks(session: AsyncSession, member_id: int, other_id: int) -> None:
    """Weeks of which a team saw something keep what the two came to; two figures stay two."""
    await weeks.keep_counts_of(session, other_id)
    has_nudges = select(NudgeRow.id).where(NudgeRow.member_id == other_id).limit(1)
    if await session.scalar(has_nudges) is not None:  # with which the member would count for more
        await weeks.keep_counts_of(session, member_id)


async def _join_their_teams(session: AsyncSession, member_id: int, other_id: int) -> None:
    """Teams of both stay one membership; the rest is taken over."""
    had = select(MembershipRow.team_id).where(MembershipRow.member_id == member_id)
    await session.execute(
        update(MembershipRow)
        .where(
            MembershipRow.member_id == other_id,
            MembershipRow.team_id.not_in(had.scalar_subquery()),
        )
        .values(member_id=member_id)
        .execution_options(synchronize_session=False)
    )


async def _days_done(session: AsyncSession, member_id: int) -> set[date]:
    query = select(NudgeRow.day).where(NudgeRow.member_id == member_id, NudgeRow.answer.in_(COUNTS))
    return set((await session.scalars(query)).all())

"""Merging two members into one, after a person linked two chats."""

from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.fit import WorkProfile
from bot.core.rounds import COUNTS
from bot.store.challenges import history, programmes
from bot.store.db import leases
from bot.store.lifecycle import ledger
from bot.store.members import members
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.ledger import Act
from bot.store.schema.members import AbsenceRow, AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow
from bot.store.teams import weeks


async def merge_members(
    session: AsyncSession, vault: Vault, member: MemberRow, other: MemberRow, at: datetime
) -> None:
    """Makes two members one: `member` stays, with all that both did and wrote.

    What `other` did counts as an extra challenge does: at most once a day, and what they did not
    answer costs nothing. Nor does a round that `member` missed on a day on which `other` did one.
    The reflections of `other` are sealed again with the key of `member`, and only then is the key
    of `other` shredded.
    """
    days_done = await _days_done(session, other.id)
    # Before the nudges move: afterwards the weeks cannot tell any more who did what.
    await _settle_weeks(session, member.id, other.id)
    await history.discard(session, {member.id, other.id})
    await Diary(session, vault, other.id).move_to(member.id)
    # What still waits to be sent to `other` is not sent: a member has one nudge waiting at most.
    await session.execute(
        update(NudgeRow)
        .where(NudgeRow.member_id == other.id)
        .values(member_id=member.id, extra=True, **leases.released_values(None))
    )
    if days_done:
        await session.execute(
            update(NudgeRow)
            .where(
                NudgeRow.member_id == member.id,
                NudgeRow.day.in_(days_done),
                NudgeRow.answer.is_(None) | NudgeRow.answer.not_in(COUNTS),
            )
            .values(extra=True)
        )
    await session.execute(
        update(AddressRow).where(AddressRow.member_id == other.id).values(member_id=member.id)
    )
    await _drop_same_absences(session, member, other)
    await session.execute(
        update(AbsenceRow).where(AbsenceRow.member_id == other.id).values(member_id=member.id)
    )
    await _merge_memberships(session, member.id, other.id, at)
    await programmes.move_to_member(session, member.id, other.id)
    if other.welcomed and not member.welcomed:  # only `other` has chosen language and rhythm
        member.language, member.welcomed = other.language, True
        member.expects(None)
        await members.set_rhythm(session, member, other.rhythm, at)
    if member.work == WorkProfile():
        members.set_work(member, other.work)
    member.asked_about_work = member.asked_about_work or other.asked_about_work
    member.max_daring = min(member.max_daring, other.max_daring)
    member.joined_at = min(member.joined_at, other.joined_at)
    member.left_at = member.quiet_since = None
    members.note_sign_of_life(member, at)
    ledger.record(session, Act.MERGED, [member.id], at, other.id)
    # Flushed first, because `other` is read above and its row goes now. Expunged, so that the
    # session does not write to a row that the DELETE has removed.
    await session.flush()
    await vault.shred(session, other.id)
    session.expunge(other)
    await session.execute(delete(MemberRow).where(MemberRow.id == other.id))
    await session.refresh(member, ["absence_rows"])
    is_due = member.next_nudge_at is not None and member.next_nudge_at <= at
    had_a_round = await members.day_of_last_round(session, member) == members.today(member, at)
    # Planning would skip a nudge that is due now; but a second round on one day is skipped.
    if member.welcomed and (had_a_round or not is_due):
        await members.plan_next_nudge(session, member, at)


async def _drop_same_absences(session: AsyncSession, member: MemberRow, other: MemberRow) -> None:
    """Deletes the absences of `other` that `member` has too, so that each is listed once."""
    known = {(row.first_day, row.last_day) for row in member.absence_rows}
    same = [row.id for row in other.absence_rows if (row.first_day, row.last_day) in known]
    await session.execute(delete(AbsenceRow).where(AbsenceRow.id.in_(same)))


async def _settle_weeks(session: AsyncSession, member_id: int, other_id: int) -> None:
    """Stores the counts of both in open weeks of which a team saw figures, as two persons still."""
    await weeks.keep_counts_of(session, other_id)
    has_nudges = select(NudgeRow.id).where(NudgeRow.member_id == other_id).limit(1)
    if await session.scalar(has_nudges) is not None:  # they would be counted again, as the member's
        await weeks.keep_counts_of(session, member_id)


async def _merge_memberships(
    session: AsyncSession, member_id: int, other_id: int, at: datetime
) -> None:
    """Moves memberships to `member_id`, except in teams that both belong to.

    Those that stay behind are deleted with the other member's row, because foreign keys cascade.
    """
    current_teams = select(MembershipRow.team_id).where(MembershipRow.member_id == member_id)
    await session.execute(
        update(MembershipRow)
        .where(
            MembershipRow.member_id == other_id,
            MembershipRow.team_id.not_in(current_teams.scalar_subquery()),
        )
        .values(member_id=member_id)
        .execution_options(synchronize_session=False)
    )
    left = await session.scalars(
        select(MembershipRow.id).where(MembershipRow.member_id == other_id)
    )
    ledger.record(session, Act.LEFT_TEAM, left.all(), at)


async def _days_done(session: AsyncSession, member_id: int) -> set[date]:
    """Returns the days on which this member did or tried a challenge."""
    query = select(NudgeRow.day).where(NudgeRow.member_id == member_id, NudgeRow.answer.in_(COUNTS))
    return set((await session.scalars(query)).all())

"""Merging two members into one, after a person linked two chats."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.fit import WorkProfile
from bot.core.streaks.rounds import COUNTS
from bot.store.challenges import history, programmes
from bot.store.db.locks import leases
from bot.store.lifecycle import ledger
from bot.store.lifecycle.linking.merge_changes import MemberSettings, MergeChanges, SharedMembership
from bot.store.members import members
from bot.store.nudges import round_counts
from bot.store.schema.challenges import ProgrammeStartRow
from bot.store.schema.ledger import Act
from bot.store.schema.members import AbsenceRow, AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow
from bot.store.schema.teams import MembershipRow


async def merge_members(
    session: AsyncSession, member: MemberRow, other: MemberRow, at: datetime
) -> MergeChanges:
    """Makes two members one: `member` stays, with all that both did and wrote.

    What `other` did counts as an extra challenge does: at most once a day, and what they did not
    answer costs nothing. Nor does a round that `member` missed on a day on which `other` did one.
    The reflections of `other` stay sealed under their key, which is one of the keys of this person
    from then on. The row of `other` stays, without anything that is due, until the merge cannot be
    undone any more.

    Returns:
        What `split_members` needs to undo it.
    """
    before = MemberSettings.model_validate(member)
    await history.discard(session, {member.id, other.id})
    moved_nudges = await _ids(session, NudgeRow.id, NudgeRow.member_id == other.id)
    made_extra = await _move_nudges(session, member.id, other.id)
    counts_before = await round_counts.of_member(session, member.id)
    await round_counts.add_of_other(session, member.id, other.id)
    addresses = await _ids(session, AddressRow.id, AddressRow.member_id == other.id)
    await session.execute(
        update(AddressRow).where(AddressRow.member_id == other.id).values(member_id=member.id)
    )
    absences = await _move_absences(session, member, other.id)
    moved, shared = await _merge_memberships(session, member.id, other.id)
    moved_programme = await _move_programme(session, member.id, other.id)
    await _merge_settings(session, member, other, at)
    other.next_nudge_at, other.left_at = None, at
    other.expects(None)
    await session.flush()
    for row in (member, other):
        await session.refresh(row, ["absence_rows"])
    is_due = member.next_nudge_at is not None and member.next_nudge_at <= at
    had_a_round = await members.day_of_last_round(session, member) == members.today(member, at)
    # Planning would skip a nudge that is due now; but a second round on one day is skipped.
    if member.welcomed and (had_a_round or not is_due):
        await members.plan_next_nudge(session, member, at)
    return MergeChanges(
        addresses=addresses,
        nudges=moved_nudges,
        made_extra=made_extra,
        last_nudge=await session.scalar(select(func.max(NudgeRow.id))) or 0,
        absences=absences,
        memberships=moved,
        shared_memberships=shared,
        moved_programme=moved_programme,
        counts_before=counts_before,
        before=before,
        after=MemberSettings.model_validate(member),
    )


async def _ids(session: AsyncSession, column: Any, *conditions: ColumnElement[bool]) -> list[int]:  # noqa: ANN401 - the id of any table
    return list((await session.scalars(select(column).where(*conditions))).all())


async def _move_nudges(session: AsyncSession, member_id: int, other_id: int) -> list[int]:
    """Moves the nudges and the reflections; returns the ids of the nudges that became extra."""
    days_done = await _days_done(session, other_id)
    done_elsewhere = (
        NudgeRow.member_id == member_id,
        NudgeRow.day.in_(days_done),
        NudgeRow.answer.is_(None) | NudgeRow.answer.not_in(COUNTS),
    )
    not_extra = NudgeRow.extra.is_(False)
    made_extra = [
        *await _ids(session, NudgeRow.id, NudgeRow.member_id == other_id, not_extra),
        *(await _ids(session, NudgeRow.id, *done_elsewhere, not_extra) if days_done else []),
    ]
    await session.execute(
        update(ReflectionRow).where(ReflectionRow.member_id == other_id).values(member_id=member_id)
    )
    if days_done:
        await session.execute(update(NudgeRow).where(*done_elsewhere).values(extra=True))
    # What still waits to be sent to `other` is not sent: a member has one nudge waiting at most.
    await session.execute(
        update(NudgeRow)
        .where(NudgeRow.member_id == other_id)
        .values(member_id=member_id, extra=True, **leases.released_values(None))
    )
    return made_extra


async def _merge_settings(
    session: AsyncSession, member: MemberRow, other: MemberRow, at: datetime
) -> None:
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


async def _move_absences(session: AsyncSession, member: MemberRow, other_id: int) -> list[int]:
    """Moves the absences that `member` does not have too, so that each is listed once."""
    known = {(row.first_day, row.last_day) for row in member.absence_rows}
    query = select(AbsenceRow).where(AbsenceRow.member_id == other_id)
    rows = (await session.scalars(query)).all()
    moved = [row.id for row in rows if (row.first_day, row.last_day) not in known]
    await session.execute(
        update(AbsenceRow).where(AbsenceRow.id.in_(moved)).values(member_id=member.id)
    )
    return moved


async def _merge_memberships(
    session: AsyncSession, member_id: int, other_id: int
) -> tuple[list[int], list[SharedMembership]]:
    """Moves memberships to `member_id`, and deletes those in teams that both belong to.

    Returns:
        The ids of those that moved, and what those that were deleted said.
    """
    query = select(MembershipRow.team_id).where(MembershipRow.member_id == member_id)
    teams_of_member = set((await session.scalars(query)).all())
    query_rows = select(MembershipRow).where(MembershipRow.member_id == other_id)
    rows = (await session.scalars(query_rows)).all()
    moved = [row.id for row in rows if row.team_id not in teams_of_member]
    shared = [row for row in rows if row.team_id in teams_of_member]
    for row in rows:
        row.member_id = member_id if row.id in moved else row.member_id
    await session.flush()
    await session.execute(
        delete(MembershipRow).where(MembershipRow.id.in_([row.id for row in shared]))
    )
    return moved, [SharedMembership.model_validate(row) for row in shared]


async def _move_programme(session: AsyncSession, member_id: int, other_id: int) -> bool:
    query = select(ProgrammeStartRow.id).where(ProgrammeStartRow.member_id == other_id)
    had_programme = await session.scalar(query) is not None
    await programmes.move_to_member(session, member_id, other_id)
    return had_programme and await session.scalar(query) is None


async def _days_done(session: AsyncSession, member_id: int) -> set[date]:
    """Returns the days on which this member did or tried a challenge."""
    query = select(NudgeRow.day).where(NudgeRow.member_id == member_id, NudgeRow.answer.in_(COUNTS))
    return set((await session.scalars(query)).all())

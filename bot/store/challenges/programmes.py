"""Who follows which programme since when, and what that asks of their next challenge."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.programme import Key, Programme, has_just_ended, week_at, week_candidates
from bot.core.rhythm import local_day
from bot.store.members.absences import absences_of
from bot.store.schema.challenges import ChallengeRow, ProgrammeStartRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow

Programmes = Mapping[str, Programme]
# Longer ago than this nobody is in the midst of one, whatever they were away.
REMOVED_PROGRAMME = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ProgrammeGuide:
    """What a programme says about somebody's next challenge.

    Attributes:
        programme: which one.
        week: in which week they are, from 0; None: it is over since their last challenge.
        candidates: what may come next; without any it is an ordinary one.
        spare: what is not to come as an ordinary one, because a later week has it.
    """

    programme: Programme
    week: int | None
    candidates: tuple[Key, ...] = ()
    spare: tuple[Key, ...] = ()


async def start(
    session: AsyncSession,
    programme: str,
    starts_on: date,
    at: datetime,
    *,
    team_id: int | None = None,
    member_id: int | None = None,
) -> None:
    """A team or a member begins with a programme, instead of the one they had."""
    await stop(session, team_id=team_id, member_id=member_id)
    session.add(
        ProgrammeStartRow(
            programme=programme,
            team_id=team_id,
            member_id=member_id,
            starts_on=starts_on,
            started_at=at,
        )
    )
    await session.flush()


async def stop(
    session: AsyncSession, *, team_id: int | None = None, member_id: int | None = None
) -> bool:
    """A team or a member does without a programme from now on; whether they had one."""
    whose = ProgrammeStartRow.team_id == team_id if team_id is not None else None
    if whose is None:
        whose = ProgrammeStartRow.member_id == member_id
    gone = await session.scalars(
        delete(ProgrammeStartRow).where(whose).returning(ProgrammeStartRow.id)
    )
    return bool(gone.all())


async def of_member(session: AsyncSession, member_id: int) -> ProgrammeStartRow | None:
    """The programme that a member follows by themselves."""
    return await session.scalar(
        select(ProgrammeStartRow).where(ProgrammeStartRow.member_id == member_id)
    )


async def move_to_member(session: AsyncSession, member_id: int, other_id: int) -> None:
    """Two members become one: who follows no programme goes on with that of the other."""
    if await of_member(session, member_id) is None:
        await session.execute(
            update(ProgrammeStartRow)
            .where(ProgrammeStartRow.member_id == other_id)
            .values(member_id=member_id)
            .execution_options(synchronize_session=False)
        )


@dataclass(frozen=True, slots=True)
class _FollowedProgramme:
    """A programme that a member follows, and when they began themselves."""

    name: str
    begun: date


async def programme_guides(
    session: AsyncSession, member_ids: Collection[int], programmes: Programmes, at: datetime
) -> dict[int, ProgrammeGuide]:
    """What programmes say about the next challenge of these members; most follow none."""
    since = at.date() - REMOVED_PROGRAMME
    rows = (
        await session.scalars(select(ProgrammeStartRow).where(ProgrammeStartRow.starts_on >= since))
    ).all()
    rows = [row for row in rows if row.programme in programmes]
    if not rows:
        return {}
    followed = await _followed(session, member_ids, rows)
    if not followed:
        return {}
    zones = await _zones(session, followed)
    away = await absences_of(session, followed)
    had = await _received_since_start(session, followed)
    found: dict[int, ProgrammeGuide] = {}
    for number, course in followed.items():
        programme, today = programmes[course.name], local_day(at, zones[number])
        absences = away.get(number, [])
        week = week_at(course.begun, today, absences)
        since_then = [(key, day) for key, day in had[number] if day >= course.begun]
        if week is None:
            continue
        if week < len(programme.weeks):
            next_ones = week_candidates(programme, week, {key for key, _ in since_then})
            later = [key for one in programme.weeks[week:] for key in one.keys]
            found[number] = ProgrammeGuide(programme, week, next_ones, tuple(later))
            continue
        last = max((day for _, day in since_then), default=None)
        if has_just_ended(programme, course.begun, last, today, absences):
            found[number] = ProgrammeGuide(programme, None)
    return found


async def _followed(
    session: AsyncSession, member_ids: Collection[int], rows: Collection[ProgrammeStartRow]
) -> dict[int, _FollowedProgramme]:
    """The programme of each member who has one: the one they began last."""
    of_team = {row.team_id: row for row in rows if row.team_id is not None}
    own = {row.member_id: row for row in rows if row.member_id is not None}
    found: dict[int, _FollowedProgramme] = {
        number: _FollowedProgramme(own[number].programme, own[number].starts_on)
        for number in member_ids
        if number in own
    }
    if of_team:
        query = (
            select(MembershipRow.member_id, MembershipRow.team_id, MembershipRow.joined_at)
            .where(MembershipRow.member_id.in_(member_ids), MembershipRow.team_id.in_(of_team))
            .order_by(MembershipRow.id)
        )
        for number, team_id, joined_at in (await session.execute(query)).all():
            row = of_team[team_id]
            begun = max(row.starts_on, joined_at.date())
            if number not in found or found[number].begun < begun:
                found[number] = _FollowedProgramme(row.programme, begun)
    return found


async def _zones(session: AsyncSession, member_ids: Collection[int]) -> dict[int, ZoneInfo]:
    query = select(MemberRow.id, MemberRow.zone).where(MemberRow.id.in_(member_ids))
    return {number: ZoneInfo(zone) for number, zone in (await session.execute(query)).all()}


async def _received_since_start(
    session: AsyncSession, followed: Mapping[int, _FollowedProgramme]
) -> dict[int, list[tuple[Key, date]]]:
    """What they got since they began, and on which days."""
    first = min(course.begun for course in followed.values())
    query = (
        select(NudgeRow.member_id, ChallengeRow.set_name, ChallengeRow.slug, NudgeRow.day)
        .join(ChallengeRow, ChallengeRow.id == NudgeRow.challenge_id)
        .where(NudgeRow.member_id.in_(followed), NudgeRow.day >= first)
    )
    found: dict[int, list[tuple[Key, date]]] = defaultdict(list)
    for number, set_name, slug, day in (await session.execute(query)).all():
        found[number].append(((set_name, slug), day))
    return found


async def challenge_numbers(session: AsyncSession, keys: Collection[Key]) -> dict[Key, int]:
    """The numbers of challenges, whichever version they are in."""
    query = (
        select(ChallengeRow.set_name, ChallengeRow.slug, func.min(ChallengeRow.number))
        .where(
            ChallengeRow.set_name.in_({name for name, _ in keys}),
            ChallengeRow.slug.in_({slug for _, slug in keys}),
        )
        .group_by(ChallengeRow.set_name, ChallengeRow.slug)
    )
    return {(name, slug): number for name, slug, number in (await session.execute(query)).all()}

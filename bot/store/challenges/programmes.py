"""Programme starts: who follows which programme since when, and what comes next in it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.programme import Key, Programme, has_just_ended, week_at, week_candidates
from bot.core.rhythm.rhythm import local_day
from bot.store.challenges.programme_orders import with_orders
from bot.store.db.many_values import is_one_of
from bot.store.members.absences import absences_of
from bot.store.schema.challenges import ChallengeRow, ProgrammeStartRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow

Programmes = Mapping[str, Programme]
# A programme that started longer ago counts as over, whatever the participant's absences.
MAX_PROGRAMME_AGE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ProgrammeGuide:
    """What a programme says about a member's next challenge.

    Attributes:
        programme: the programme.
        week: the week that the member is in, from 0; None: the programme has ended since their
            last challenge.
        candidates: the challenges that may come next; empty: any challenge that is not reserved.
        reserved: the challenges of this week and later ones, which do not come outside the
            programme.
    """

    programme: Programme
    week: int | None
    candidates: tuple[Key, ...] = ()
    reserved: tuple[Key, ...] = ()


async def start(
    session: AsyncSession,
    programme: str,
    starts_on: date,
    at: datetime,
    *,
    team_id: int | None = None,
    member_id: int | None = None,
) -> None:
    """Starts a programme for a team or a member, in the place of the one that they follow.

    Args:
        session: the transaction.
        programme: the programme's name.
        starts_on: the first day of its first week.
        at: the present.
        team_id: the team; either this or `member_id`.
        member_id: the member.
    """
    # A team or a member has one row at most, so the earlier one is deleted before the insert.
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
    """Stops the programme of a team or a member; returns whether they followed one."""
    follower = (
        ProgrammeStartRow.member_id == member_id
        if team_id is None
        else ProgrammeStartRow.team_id == team_id
    )
    deleted = await session.scalars(
        delete(ProgrammeStartRow).where(follower).returning(ProgrammeStartRow.id)
    )
    return bool(deleted.all())


async def of_member(session: AsyncSession, member_id: int) -> ProgrammeStartRow | None:
    """Returns the programme that a member follows on their own, not with a team; None: none."""
    return await session.scalar(
        select(ProgrammeStartRow).where(ProgrammeStartRow.member_id == member_id)
    )


async def of_teams(session: AsyncSession) -> list[ProgrammeStartRow]:
    """Returns the programmes that teams follow, those that started first at the front."""
    query = select(ProgrammeStartRow).where(ProgrammeStartRow.team_id.is_not(None))
    ordered = query.order_by(ProgrammeStartRow.starts_on, ProgrammeStartRow.id)
    return list((await session.scalars(ordered)).all())


async def move_to_member(session: AsyncSession, member_id: int, other_id: int) -> None:
    """Gives a member the programme of the other, whom they merge with, unless they follow one."""
    if await of_member(session, member_id) is None:
        await session.execute(
            update(ProgrammeStartRow)
            .where(ProgrammeStartRow.member_id == other_id)
            .values(member_id=member_id)
            .execution_options(synchronize_session=False)
        )


@dataclass(frozen=True, slots=True)
class _FollowedProgramme:
    """The programme that a member follows, and the day on which the member started."""

    name: str
    started_on: date


async def programme_guides(
    session: AsyncSession, member_ids: Collection[int], programmes: Programmes, at: datetime
) -> dict[int, ProgrammeGuide]:
    """Returns the guide to the next challenge of each member who is in a programme.

    Args:
        session: the transaction.
        member_ids: the members.
        programmes: all programmes as they are packaged, by name; a start of one that was removed
            does not count, and of each the order counts that a trainer chose.
        at: the present.

    Returns:
        By member. A member is left out who follows no programme, whose programme has yet to start,
        or whose programme has ended, unless the next challenge is the first one after its end.
    """
    since = at.date() - MAX_PROGRAMME_AGE
    rows = (
        await session.scalars(select(ProgrammeStartRow).where(ProgrammeStartRow.starts_on >= since))
    ).all()
    rows = [row for row in rows if row.programme in programmes]
    if not rows:
        return {}
    followed = await _followed(session, member_ids, rows)
    if not followed:
        return {}
    programmes = await with_orders(session, programmes)
    zones = await _zones(session, followed)
    absences_by_member = await absences_of(session, followed)
    received_by_member = await _received_since_start(session, followed)
    guides: dict[int, ProgrammeGuide] = {}
    for member_id, current in followed.items():
        programme, today = programmes[current.name], local_day(at, zones[member_id])
        absences = absences_by_member.get(member_id, [])
        week = week_at(current.started_on, today, absences)
        received = [
            (key, day) for key, day in received_by_member[member_id] if day >= current.started_on
        ]
        if week is None:
            continue
        if week < len(programme.weeks):
            candidates = week_candidates(programme, week, {key for key, _ in received})
            reserved = [key for later in programme.weeks[week:] for key in later.keys]
            guides[member_id] = ProgrammeGuide(programme, week, candidates, tuple(reserved))
            continue
        last = max((day for _, day in received), default=None)
        if has_just_ended(programme, current.started_on, last, today, absences):
            guides[member_id] = ProgrammeGuide(programme, None)
    return guides


async def _followed(
    session: AsyncSession, member_ids: Collection[int], rows: Collection[ProgrammeStartRow]
) -> dict[int, _FollowedProgramme]:
    """Returns the programme of each member who follows any: of several, the one started last."""
    of_team = {row.team_id: row for row in rows if row.team_id is not None}
    own = {row.member_id: row for row in rows if row.member_id is not None}
    followed = {
        member_id: _FollowedProgramme(own[member_id].programme, own[member_id].starts_on)
        for member_id in member_ids
        if member_id in own
    }
    if of_team:
        query = (
            select(MembershipRow.member_id, MembershipRow.team_id, MembershipRow.joined_at)
            .where(
                is_one_of(MembershipRow.member_id, member_ids), MembershipRow.team_id.in_(of_team)
            )
            .order_by(MembershipRow.id)
        )
        for member_id, team_id, joined_at in (await session.execute(query)).all():
            row = of_team[team_id]
            started_on = max(row.starts_on, joined_at.date())
            if member_id not in followed or followed[member_id].started_on < started_on:
                followed[member_id] = _FollowedProgramme(row.programme, started_on)
    return followed


async def _zones(session: AsyncSession, member_ids: Collection[int]) -> dict[int, ZoneInfo]:
    query = select(MemberRow.id, MemberRow.zone).where(is_one_of(MemberRow.id, member_ids))
    return {member_id: ZoneInfo(zone) for member_id, zone in (await session.execute(query)).all()}


async def _received_since_start(
    session: AsyncSession, followed: Mapping[int, _FollowedProgramme]
) -> dict[int, list[tuple[Key, date]]]:
    """Returns the challenges of each member with their days, since the earliest start of all.

    A member's list may begin before their own start; the caller leaves those days out.
    """
    first = min(programme.started_on for programme in followed.values())
    query = (
        select(NudgeRow.member_id, ChallengeRow.set_name, ChallengeRow.slug, NudgeRow.day)
        .join(ChallengeRow, ChallengeRow.id == NudgeRow.challenge_id)
        .where(NudgeRow.member_id.in_(followed), NudgeRow.day >= first)
    )
    received: dict[int, list[tuple[Key, date]]] = defaultdict(list)
    for member_id, set_name, slug, day in (await session.execute(query)).all():
        received[member_id].append(((set_name, slug), day))
    return received


async def challenge_numbers(session: AsyncSession, keys: Collection[Key]) -> dict[Key, int]:
    """Returns the numbers of challenges, which are the same in all versions of their set.

    A key of which there is no challenge is left out; others than those asked for may be there.
    """
    query = (
        select(ChallengeRow.set_name, ChallengeRow.slug, func.min(ChallengeRow.number))
        .where(
            ChallengeRow.set_name.in_({name for name, _ in keys}),
            ChallengeRow.slug.in_({slug for _, slug in keys}),
        )
        .group_by(ChallengeRow.set_name, ChallengeRow.slug)
    )
    return {(name, slug): number for name, slug, number in (await session.execute(query)).all()}


async def challenge_texts(
    session: AsyncSession, keys: Collection[Key]
) -> dict[Key, Mapping[str, Mapping[str, str]]]:
    """Returns the texts of challenges in the newest version that has them, by language.

    A key of which there is no challenge is left out; others than those asked for may be there.
    """
    query = (
        select(ChallengeRow.set_name, ChallengeRow.slug, ChallengeRow.texts)
        .where(
            ChallengeRow.set_name.in_({name for name, _ in keys}),
            ChallengeRow.slug.in_({slug for _, slug in keys}),
        )
        .order_by(ChallengeRow.id)
    )
    return {(name, slug): texts for name, slug, texts in (await session.execute(query)).all()}

"""The weeks of a team: who counts in one, and closing it.

What a week showed must not reveal what one person did, not even by comparing it with what was
shown before or elsewhere. So nothing is shown of a week before it is over, what is kept of it is a
mark that never changes, and a member counts in one team only.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.core.privacy.noise import noise
from bot.core.rhythm.rhythm import at_local
from bot.core.streaks.rounds import NudgeFact
from bot.core.streaks.team_board import (
    WEEK,
    WEEKS_BACK,
    Board,
    Participation,
    TeamWeek,
    WeekMark,
    mark_of,
    participation_of,
)
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, TeamRow, TeamWeekRow
from bot.store.teams import teams

DAY = timedelta(days=1)


async def board_of(
    session: AsyncSession, team: TeamRow, minimum: int, at: datetime, *, is_locked: bool = False
) -> Board:
    """Returns what may be shown of a team now.

    Weeks that are over are closed first. The team's row stays locked until the transaction ends.

    Args:
        session: a transaction that writes.
        team: the team to show.
        minimum: how many members need to have had a round before there are figures.
        at: the present.
        is_locked: whether this transaction locked the team's row when it read it.
    """
    if not is_locked:
        await _lock_team(session, team)
    await close_weeks(session, team, minimum, at)
    return await closed_board(session, team, minimum, at)


async def closed_board(session: AsyncSession, team: TeamRow, minimum: int, at: datetime) -> Board:
    """Returns what may be shown of a team, from the weeks that are closed; it only reads.

    A week that is over and not closed yet is shown as the one that runs.
    """
    query = select(TeamWeekRow).where(TeamWeekRow.team_id == team.id).order_by(TeamWeekRow.monday)
    weeks = tuple(
        TeamWeek(row.monday, row.mark, frozenset(row.themes))
        for row in (await session.scalars(query)).all()
    )
    today = at.astimezone(ZoneInfo(team.zone)).date()
    return Board(team.name, weeks, minimum, min(today, team.open_week + WEEK - DAY))


async def close_weeks(session: AsyncSession, team: TeamRow, minimum: int, at: datetime) -> None:
    """Stores the mark of every week of the team that is over.

    Of a week in which fewer than `minimum` members had a round is only kept that it was there, so
    that it stays without figures when the minimum is lowered later. Lock the team first.
    """
    this_monday = teams.monday(team, at)
    while team.open_week < this_monday:
        await _close(session, team, team.open_week, minimum)
        team.open_week += WEEK
    await session.flush()


async def teams_to_close(session: AsyncSession, before: date, limit: int) -> list[TeamRow]:
    """Returns at most `limit` teams with an open week from before this day, oldest week first.

    They are locked for update on PostgreSQL; teams that another transaction has locked are skipped.
    """
    query = select(TeamRow).where(TeamRow.open_week < before).order_by(TeamRow.open_week)
    rows = await session.scalars(
        query.limit(limit).with_for_update(skip_locked=True, key_share=True)
    )
    return list(rows.all())


async def have_had_round(session: AsyncSession, team: TeamRow, at: datetime) -> int:
    """Returns how many visible members of the team have had a round so far this week.

    It depends on no answer, and decides only whether the team gets a digest. Never show it.
    """
    members = select(MembershipRow.member_id).where(
        MembershipRow.team_id == team.id, ~MembershipRow.hidden
    )
    facts = await _nudge_facts(session, members, teams.monday(team, at))
    return sum(any(fact.delivered for fact in of_member) for of_member in facts.values())


async def counts_in(session: AsyncSession, member_id: int) -> TeamRow | None:
    """Returns the team in whose figures the member counts; None: they count in none.

    Of the teams that may see them it is the one they joined first. If they counted in two, the
    figures of teams that differ by one person could be subtracted.
    """
    query = (
        select(TeamRow)
        .join(MembershipRow, MembershipRow.team_id == TeamRow.id)
        .where(MembershipRow.member_id == member_id, ~MembershipRow.hidden)
        .order_by(MembershipRow.id)
        .limit(1)
    )
    return await session.scalar(query)


async def _lock_team(session: AsyncSession, team: TeamRow) -> None:
    """Locks the team's row until the transaction ends, and reads it again.

    Another transaction may have closed weeks before it released the lock. Flushed first, because
    `refresh` discards changes that are not written yet.
    """
    await session.flush()
    await session.refresh(team, with_for_update={"key_share": True})


async def _close(session: AsyncSession, team: TeamRow, monday: date, minimum: int) -> None:
    """Stores the mark of a week that is over; none when nobody had a round in it."""
    end = at_local(monday + WEEK, time(), ZoneInfo(team.zone))
    counted = _counted_members(team.id).where(MembershipRow.joined_at < end)
    facts = await _nudge_facts(session, counted, monday)
    participations = [participation_of(of_member, end) for of_member in facts.values()]
    had_round = len(participations) - participations.count(Participation.NO_ROUND)
    if not had_round:
        return
    took_part = participations.count(Participation.TOOK_PART)
    mark = mark_of(had_round, took_part, noise(team.noise_key, f"week {monday}"), minimum)
    themes = [] if mark is WeekMark.QUIET else await _themes(session, counted, monday, minimum)
    session.add(TeamWeekRow(team_id=team.id, monday=monday, mark=mark, themes=themes))
    await session.flush()


def _counted_members(team_id: int) -> Select[int]:
    """Selects the members who count in the figures of a team, as `counts_in` has it."""
    earlier = aliased(MembershipRow)
    counts_elsewhere = exists().where(
        earlier.member_id == MembershipRow.member_id,
        earlier.id < MembershipRow.id,
        ~earlier.hidden,
    )
    return select(MembershipRow.member_id).where(
        MembershipRow.team_id == team_id, ~MembershipRow.hidden, ~counts_elsewhere
    )


async def _themes(
    session: AsyncSession, members: Select[int], monday: date, minimum: int
) -> list[str]:
    """Returns the sets of which enough members got a challenge in twelve weeks, by name.

    Challenges that came by themselves, whatever was answered: what a member swapped a challenge
    for, or asked for, would say something about that member.
    """
    end = monday + WEEK
    query = (
        select(ChallengeRow.set_name)
        .join(NudgeRow, NudgeRow.challenge_id == ChallengeRow.id)
        .where(
            NudgeRow.member_id.in_(members),
            _round_within(end - WEEKS_BACK * WEEK, end),
            NudgeRow.sent_at.is_not(None),
            ~NudgeRow.extra,
            NudgeRow.swaps == 0,
        )
        .group_by(ChallengeRow.set_name)
        .having(func.count(distinct(NudgeRow.member_id)) >= minimum)
        .order_by(ChallengeRow.set_name)
    )
    return list((await session.scalars(query)).all())


async def _nudge_facts(
    session: AsyncSession, members: Select[int], monday: date
) -> dict[int, list[NudgeFact]]:
    """Returns the nudges of a week, by the id of the member."""
    query = select(
        NudgeRow.member_id,
        NudgeRow.round_at,
        NudgeRow.day,
        NudgeRow.per_week,
        NudgeRow.extra,
        NudgeRow.sent_at,
        NudgeRow.answer,
        NudgeRow.answered_at,
    ).where(NudgeRow.member_id.in_(members), _round_within(monday, monday + WEEK))
    facts: dict[int, list[NudgeFact]] = defaultdict(list)
    connection = await session.connection()  # without ORM objects: there may be very many
    rows = await connection.execute(query)
    for member_id, round_at, day, per_week, extra, sent, answer, answered in rows:
        facts[member_id].append(
            NudgeFact(round_at, day, per_week, extra, sent is not None, answer, answered)
        )
    return facts


def _round_within(first: date, end: date) -> ColumnElement[bool]:
    """Returns the condition that a nudge is of a day from `first` until before `end`.

    The day counts in the member's own zone; the moment narrows the query, as it has an index.
    """
    begin, until = (datetime.combine(day, time(), UTC) for day in (first, end))
    return and_(
        NudgeRow.round_at.between(begin - DAY, until + DAY),
        NudgeRow.day.between(first, end - DAY),
    )

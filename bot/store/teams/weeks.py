"""The weeks of a team: who counts in one, its counts, and closing it.

Figures of a week must not reveal what one person did, not even by comparing them before and after
a member joins or leaves. So the roster of a week is fixed when its figures are shown for the first
time, a closed week consists of counts only, and the counts of an erased member stay.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rhythm import at_local
from bot.core.rounds import COUNTS, NudgeFact
from bot.core.team_board import WEEK, Board, Participation, TeamWeek, participation_of
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, RosterRow, TeamRow, TeamWeekRow
from bot.store.teams import teams

DAY = timedelta(days=1)


@dataclass
class _Tally:
    """Counts of some members over one week."""

    had_round: int = 0
    took_part: int = 0
    themes: set[str] = field(default_factory=set)


async def board_of(
    session: AsyncSession, team: TeamRow, minimum: int, at: datetime, *, is_locked: bool = False
) -> Board:
    """Returns what may be shown of a team now, and fixes the roster of this week.

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
    this_monday = teams.monday(team, at)
    query = (
        select(TeamWeekRow)
        .where(TeamWeekRow.team_id == team.id, TeamWeekRow.closed)
        .order_by(TeamWeekRow.monday)
    )
    closed = tuple(_week(row) for row in (await session.scalars(query)).all())
    running = await _running(session, team, this_monday, minimum, at)
    today = at.astimezone(ZoneInfo(team.zone)).date()
    return Board(team.name, closed, running, minimum, today)


async def close_weeks(session: AsyncSession, team: TeamRow, minimum: int, at: datetime) -> None:
    """Replaces every week of the team that is over by its counts.

    A week in which fewer than `minimum` members had a round is kept without counts, so that it
    stays without figures when the minimum is lowered later. Lock the team first.
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


async def keep_counts_of(session: AsyncSession, member_id: int) -> None:
    """Adds a member's counts to the open weeks whose roster they are on, and takes them off it.

    Call it before the member is erased or merged, because their nudges are gone or moved then.
    """
    memberships = select(MembershipRow.team_id).where(MembershipRow.member_id == member_id)
    rosters = (
        select(TeamWeekRow.team_id)
        .join(RosterRow, RosterRow.week_id == TeamWeekRow.id)
        .where(RosterRow.member_id == member_id)
    )
    # Locked, so that no other transaction fixes or closes a week of these teams in between, and in
    # the order of their ids, so that two that do this at the same time do not deadlock.
    await session.execute(
        select(TeamRow.id)
        .where(TeamRow.id.in_(memberships) | TeamRow.id.in_(rosters))
        .order_by(TeamRow.id)
        .with_for_update(key_share=True)
    )
    query = (
        select(TeamWeekRow, TeamRow)
        .join(RosterRow, RosterRow.week_id == TeamWeekRow.id)
        .join(TeamRow, TeamRow.id == TeamWeekRow.team_id)
        .where(RosterRow.member_id == member_id)
    )
    for week, team in (await session.execute(query)).all():
        roster = select(RosterRow.member_id).where(
            RosterRow.week_id == week.id, RosterRow.member_id == member_id
        )
        _add(week, await _tally(session, roster, week.monday, _week_end(team, week.monday)))
    # In one transaction with the counts above: with only one of the two, the member would be
    # counted twice or not at all.
    await session.flush()
    await session.execute(delete(RosterRow).where(RosterRow.member_id == member_id))


async def _lock_team(session: AsyncSession, team: TeamRow) -> None:
    """Locks the team's row until the transaction ends, and reads it again.

    Another transaction may have closed weeks before it released the lock. Flushed first, because
    `refresh` discards changes that are not written yet.
    """
    await session.flush()
    await session.refresh(team, with_for_update={"key_share": True})


async def _close(session: AsyncSession, team: TeamRow, monday: date, minimum: int) -> None:
    """Stores the counts of a week that is over, and deletes its roster."""
    end = _week_end(team, monday)
    week = await _row(session, team.id, monday)
    if week is None:  # no figures of it were shown
        week = TeamWeekRow(team_id=team.id, monday=monday, had_round=0, took_part=0, themes=[])
        roster = _members(team.id).where(MembershipRow.joined_at < end)
    else:
        roster = _roster(week.id)
    _add(week, await _tally(session, roster, monday, end))
    if not week.had_round:
        return
    if week.had_round < minimum:
        week.had_round, week.took_part, week.themes = 0, 0, []
    week.closed = True
    session.add(week)
    await session.flush()
    await session.execute(delete(RosterRow).where(RosterRow.week_id == week.id))


async def _running(
    session: AsyncSession, team: TeamRow, monday: date, minimum: int, at: datetime
) -> TeamWeek | None:
    """Returns the counts of the week that runs; None when nobody had a round in it yet.

    The roster is fixed as soon as there are enough members for figures.
    """
    week = await _row(session, team.id, monday)
    if week is None:
        tally = await _tally(session, _members(team.id), monday, at)
        if not tally.had_round:
            return None
        if tally.had_round < minimum:
            return TeamWeek(monday, tally.had_round, tally.took_part, frozenset(tally.themes))
        week = await _fix_roster(session, team.id, monday)
    # Counted by the roster, also the first time: a member may have joined or left in between.
    tally = await _tally(session, _roster(week.id), monday, at)
    return TeamWeek(
        monday,
        week.had_round + tally.had_round,
        week.took_part + tally.took_part,
        frozenset(tally.themes | set(week.themes)),
    )


async def _fix_roster(session: AsyncSession, team_id: int, monday: date) -> TeamWeekRow:
    """Adds a week with the present members as its roster, and returns it."""
    week = TeamWeekRow(team_id=team_id, monday=monday, had_round=0, took_part=0, themes=[])
    session.add(week)
    await session.flush()
    for member_id in (await session.scalars(_members(team_id))).all():
        session.add(RosterRow(week_id=week.id, member_id=member_id))
    await session.flush()
    return week


async def _row(session: AsyncSession, team_id: int, monday: date) -> TeamWeekRow | None:
    query = select(TeamWeekRow).where(TeamWeekRow.team_id == team_id, TeamWeekRow.monday == monday)
    return await session.scalar(query)


def _members(team_id: int) -> Select[int]:
    return select(MembershipRow.member_id).where(
        MembershipRow.team_id == team_id, ~MembershipRow.hidden
    )


def _roster(week_id: int) -> Select[int]:
    return select(RosterRow.member_id).where(RosterRow.week_id == week_id)


async def _tally(
    session: AsyncSession, roster: Select[int], monday: date, until: datetime
) -> _Tally:
    """Returns the counts of the members of `roster` over the week from `monday` to `until`."""
    tally = _Tally()
    facts, themes = await _nudge_facts(session, roster, monday)
    for member_id, member_facts in facts.items():
        participation = participation_of(member_facts, until)
        tally.had_round += participation is not Participation.NO_ROUND
        if participation is Participation.TOOK_PART:
            tally.took_part += 1
            tally.themes |= themes[member_id]
    return tally


async def _nudge_facts(
    session: AsyncSession, roster: Select[int], monday: date
) -> tuple[dict[int, list[NudgeFact]], dict[int, set[str]]]:
    """Returns the nudges of a week, and the sets of which a challenge was done, by member id."""
    # The day counts in the member's own zone; the moment narrows the query, as it has an index.
    begin = datetime.combine(monday, time(), UTC)
    query = (
        select(
            NudgeRow.member_id,
            NudgeRow.round_at,
            NudgeRow.day,
            NudgeRow.per_week,
            NudgeRow.extra,
            NudgeRow.sent_at,
            NudgeRow.answer,
            NudgeRow.answered_at,
            ChallengeRow.set_name,
        )
        .join(ChallengeRow, ChallengeRow.id == NudgeRow.challenge_id)
        .where(
            NudgeRow.member_id.in_(roster),
            NudgeRow.round_at.between(begin - DAY, begin + WEEK + DAY),
            NudgeRow.day.between(monday, monday + WEEK - DAY),
        )
    )
    facts: dict[int, list[NudgeFact]] = defaultdict(list)
    themes: dict[int, set[str]] = defaultdict(set)
    connection = await session.connection()  # without ORM objects: there may be very many
    for (
        member_id,
        round_at,
        day,
        per_week,
        extra,
        sent,
        answer,
        answered,
        theme,
    ) in await connection.execute(query):
        facts[member_id].append(
            NudgeFact(round_at, day, per_week, extra, sent is not None, answer, answered)
        )
        if answer in COUNTS:
            themes[member_id].add(theme)
    return facts, themes


def _add(week: TeamWeekRow, tally: _Tally) -> None:
    week.had_round += tally.had_round
    week.took_part += tally.took_part
    week.themes = sorted({*week.themes, *tally.themes})


def _week(row: TeamWeekRow) -> TeamWeek:
    return TeamWeek(row.monday, row.had_round, row.took_part, frozenset(row.themes))


def _week_end(team: TeamRow, monday: date) -> datetime:
    return at_local(monday + WEEK, time(), ZoneInfo(team.zone))

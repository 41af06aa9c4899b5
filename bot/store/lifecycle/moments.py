"""Moments that become days: when no rule needs the minute any more."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.privacy.retention import Cutoffs, day_moment, day_written
from bot.core.streaks.rounds import late_answers
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import (
    HAS_MINUTES,
    NudgeRow,
    ReflectionRow,
)
from bot.store.schema.teams import ShareRow

MEMBERS_AT_ONCE = 20
REFLECTIONS_AT_ONCE = 500


def _with_minutes(cutoffs: Cutoffs) -> tuple[Any, ...]:
    """The conditions of nudges of which the day is enough; their partial index has the first."""
    return HAS_MINUTES, NudgeRow.day < cutoffs.minutes, NudgeRow.send_at.is_(None)


async def count_moments(session: AsyncSession, cutoffs: Cutoffs) -> int:
    """Returns how many nudges have moments of which the day is enough."""
    return await session.scalar(select(func.count(NudgeRow.id)).where(*_with_minutes(cutoffs))) or 0


async def cut_moments(session: AsyncSession, cutoffs: Cutoffs) -> int:
    """Cuts the moments of old nudges of some members to the day; returns how many nudges.

    What tells whether an answer came in time stays: see `day_moment`. The members are locked on
    PostgreSQL, because an answer of theirs in the meantime could change that.
    """
    some = select(NudgeRow.member_id).where(*_with_minutes(cutoffs)).limit(MEMBERS_AT_ONCE)
    locked = (
        select(MemberRow.id)
        .where(MemberRow.id.in_(some))
        .order_by(MemberRow.id)
        .with_for_update(key_share=True)
    )
    member_ids = (await session.scalars(locked)).all()
    cut = 0
    for member_id in member_ids:
        cut += await _cut_moments_of(session, member_id, cutoffs)
    return cut


async def _cut_moments_of(session: AsyncSession, member_id: int, cutoffs: Cutoffs) -> int:
    rows = (await session.scalars(select(NudgeRow).where(NudgeRow.member_id == member_id))).all()
    facts = {row.id: row.fact for row in rows}
    late = late_answers(facts.values())
    old = [
        row
        for row in rows
        if not row.moments_cut and row.day < cutoffs.minutes and row.send_at is None
    ]
    for row in old:
        if row.sent_at is not None:
            row.sent_at = day_moment(row.sent_at, late=False)
        if row.answered_at is not None:
            row.answered_at = day_moment(row.answered_at, late=facts[row.id] in late)
        row.moments_cut = True
    await session.flush()
    return len(old)


def _written_to_the_minute(cutoffs: Cutoffs) -> tuple[Any, ...]:
    """The conditions of reflections of which the day is enough.

    Not of what is shared: whether it was written before that decides whether a team reads it.
    """
    before = datetime.combine(cutoffs.minutes, time(0), UTC)
    row = ReflectionRow
    is_shared = exists().where(ShareRow.nudge_id == row.nudge_id)
    is_old = (
        row.written_at.between(cutoffs.reflections, before),
        row.edited_at.is_(None) | (row.edited_at < before),
    )
    return HAS_MINUTES, *is_old, ~is_shared


async def count_written(session: AsyncSession, cutoffs: Cutoffs) -> int:
    """Returns how many reflections have moments of which the day is enough."""
    query = select(func.count(ReflectionRow.id)).where(*_written_to_the_minute(cutoffs))
    return await session.scalar(query) or 0


async def cut_written(session: AsyncSession, cutoffs: Cutoffs) -> int:
    """Cuts the moments of some old reflections to the member's day; returns how many those were."""
    query = (
        select(ReflectionRow, MemberRow.zone)
        .join(MemberRow, MemberRow.id == ReflectionRow.member_id)
        .where(*_written_to_the_minute(cutoffs))
        .order_by(ReflectionRow.id)
        .limit(REFLECTIONS_AT_ONCE)
        .with_for_update(of=ReflectionRow)
    )
    rows = (await session.execute(query)).all()
    for row, zone in rows:
        row.written_at = day_written(row.written_at, ZoneInfo(zone))
        if row.edited_at is not None:
            row.edited_at = day_written(row.edited_at, ZoneInfo(zone))
        row.moments_cut = True
    await session.flush()
    return len(rows)

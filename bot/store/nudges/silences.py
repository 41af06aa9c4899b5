"""Silences: the last rounds of members who are due, and the question about their pace."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.streaks.rounds import COSTS_NOTHING, COUNTS, Answer
from bot.core.streaks.silences import SILENCES
from bot.store.db.locks import leases
from bot.store.db.many_values import Ids, is_one_of
from bot.store.db.plans import find_by_index
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import FollowUp, NudgeRow

# What is read of the last nudge of a member.
ROUND = ("id", "day", "round_at", "sent_at", "answer", "open_until")


@dataclass(frozen=True, slots=True)
class RecentRounds:
    """What became of the last rounds of a member.

    Attributes:
        nudge_id: the id of their last nudge.
        day: the local day of its round.
        missed: whether it arrived and was left, or not answered while it could be.
        was_away: whether they came back after it from a silence, or after having left.
        silences: how many of their last `SILENCES` nudges were not answered at all.
    """

    nudge_id: int
    day: date
    missed: bool
    was_away: bool
    silences: int


async def recent_rounds(
    session: AsyncSession, member_ids: Collection[int], now: datetime
) -> dict[int, RecentRounds]:
    """Returns the last rounds of each of these members; one without nudges is left out.

    A challenge of this week that can still be done at `now` is neither missed nor a silence. It
    reads the last nudge of each member, by the index on member and round, and `SILENCES` nudges
    of those who did not answer it.
    """
    if not member_ids:
        return {}
    await find_by_index(session)
    connection = await session.connection()
    query = _last_round_query(connection.dialect.name)
    rows = (await connection.execute(query, {"member_ids": list(member_ids)})).all()
    silent = [row.id for row in rows if row.sent_at is not None and row.answer is None]
    silences = await _silences_of(session, silent, now) if silent else {}
    return {
        row.id: RecentRounds(
            row.nudge_id,
            row.day,
            row.sent_at is not None and _is_missed(row.answer, row.open_until, now),
            row.back_at is not None and row.round_at < row.back_at,
            silences.get(row.id, 0),
        )
        for row in rows
    }


@cache
def _last_round_query(dialect: str) -> Select[*tuple[Any, ...]]:
    """Returns the query of the last nudge of each member; once, as putting it together is slow.

    PostgreSQL has a subquery for it beside each member. As a condition on the id of a nudge, which
    SQLite needs, PostgreSQL may begin with all nudges of everybody, and compare them with it.
    """
    last: FromClause
    condition: ColumnElement[bool] = true()
    if dialect == "postgresql":
        last = _last_nudges(1, *ROUND).lateral("last")
    else:
        last = NudgeRow.__table__.alias("last")
        condition = last.c.id == _last_nudges(1, "id").scalar_subquery()
    nudge = (last.c[name] for name in ROUND if name != "id")
    return (
        select(MemberRow.id, MemberRow.back_at, last.c.id.label("nudge_id"), *nudge)
        .join(last, condition)
        .where(is_one_of(MemberRow.id, bindparam("member_ids", type_=Ids())))
    )


async def _silences_of(
    session: AsyncSession, member_ids: Collection[int], now: datetime
) -> dict[int, int]:
    """Returns how many of the last `SILENCES` nudges each member did not answer at all."""
    recent = _last_nudges(
        SILENCES, "round_at", "sent_at", "answer", "extra", "postponed", "open_until"
    ).subquery()
    silences = (
        select(func.count())
        .select_from(recent)
        .where(
            recent.c.sent_at.is_not(None),
            recent.c.answer.is_(None),
            ~recent.c.extra,
            recent.c.postponed == 0,
            recent.c.open_until.is_(None) | (recent.c.open_until <= now),
            MemberRow.back_at.is_(None) | (recent.c.round_at > MemberRow.back_at),
        )
        .correlate(MemberRow)
        .scalar_subquery()
    )
    query = select(MemberRow.id, silences.label("silences")).where(
        is_one_of(MemberRow.id, member_ids)
    )
    rows = (await (await session.connection()).execute(query)).all()
    return {row.id: row.silences for row in rows}


def _is_missed(answer: Answer | None, open_until: datetime | None, now: datetime) -> bool:
    if answer is None:
        return open_until is None or open_until <= now
    return answer not in COUNTS | COSTS_NOTHING


def _last_nudges(count: int, *columns: str) -> Select[Any]:
    """Returns a query for the last nudges of the member in the query around it, newest first."""
    nudge = NudgeRow.__table__.alias()
    return (
        select(*(nudge.c[column] for column in columns))
        .where(nudge.c.member_id == MemberRow.id)
        .order_by(nudge.c.round_at.desc(), nudge.c.id.desc())
        .limit(count)
        .correlate(MemberRow)
    )


async def lease_question(session: AsyncSession, nudge_ids: Sequence[int], now: datetime) -> None:
    """Leases the question about the pace of these members, each as a follow-up of a nudge."""
    if not nudge_ids:
        return
    connection = await session.connection()
    await connection.execute(
        update(NudgeRow)
        .where(is_one_of(NudgeRow.id, nudge_ids))
        .values(
            send_at=now,
            follow_up=FollowUp.PACE,
            **leases.leased_values(now + leases.NUDGE_LEASE),
        )
    )


async def cancel_question(session: AsyncSession, member_id: int) -> None:
    """Cancels the question about their pace, if it was not sent yet: they came back by then."""
    await session.execute(
        update(NudgeRow)
        .where(NudgeRow.member_id == member_id, NudgeRow.follow_up == FollowUp.PACE)
        .values(follow_up=None, **leases.released_values(None))
    )

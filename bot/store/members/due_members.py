"""Due members: those whose next nudge is to be sent, and the moments of all others."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.store.db.many_values import is_one_of
from bot.store.members import members
from bot.store.schema.members import AddressRow, Expecting, MemberRow

# What is expected about the last nudge, until there is a new one.
ABOUT_A_NUDGE = frozenset({Expecting.REFLECTION, Expecting.ADDITION, Expecting.PACE})


@dataclass(frozen=True, slots=True)
class DueMember:
    """A member whose next nudge is due, with all that is needed to make and send it."""

    id: int
    language: str
    rhythm: Rhythm
    planned: datetime
    channel: str
    address: str
    expecting: Expecting | None = None
    check_in: bool = False


async def due_members(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int
) -> list[DueMember]:
    """Returns the members due at `now` on one of `channels`, oldest first, `limit` at most.

    Their rows are locked until the transaction ends (PostgreSQL); rows that another replica has
    locked are skipped, so that two replicas never send for the same member.
    """
    parameters = {"now": now, "most": limit}
    connection = await session.connection()
    rows = (await connection.execute(_due_query(tuple(sorted(channels))), parameters)).all()
    preferred = {row.id: row.nudge_channel for row in rows}
    addresses = await members.addresses_of(session, preferred, channels)
    return [
        DueMember(
            member_id,
            language,
            _rhythm(weekdays, at, zone),
            planned or now,
            *addresses[member_id],
            expecting,
            check_in,
        )
        for member_id, language, weekdays, at, zone, planned, _, expecting, check_in in rows
    ]


@lru_cache
def _due_query(channels: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    now = bindparam("now", type_=MemberRow.next_nudge_at.type)
    return (
        select(
            MemberRow.id,
            MemberRow.language,
            MemberRow.weekdays,
            MemberRow.nudge_time,
            MemberRow.zone,
            MemberRow.next_nudge_at,
            MemberRow.nudge_channel,
            MemberRow.expecting,
            MemberRow.check_in,
        )
        .where(MemberRow.next_nudge_at <= now, *_gets_nudges_on(channels))
        .order_by(MemberRow.next_nudge_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=MemberRow, key_share=True)
    )


async def next_due_at(session: AsyncSession, channels: Collection[str]) -> datetime | None:
    """Returns when the first member on one of `channels` is due; None: nobody is planned."""
    query = (
        select(MemberRow.next_nudge_at)
        .where(MemberRow.next_nudge_at.is_not(None), *_gets_nudges_on(channels))
        .order_by(MemberRow.next_nudge_at)
        .limit(1)
    )
    return await session.scalar(query)


def _gets_nudges_on(channels: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        MemberRow.left_at.is_(None),
        prefers_channel(channels),
        has_address(MemberRow.id, channels),
    )


def has_address(
    member_id: InstrumentedAttribute[int], channels: Collection[str]
) -> ColumnElement[bool]:
    """Returns the condition that a member has an address on one of `channels`.

    It is an EXISTS, which is evaluated for the due members only; a join could start from all
    addresses.
    """
    return exists().where(AddressRow.member_id == member_id, AddressRow.channel.in_(channels))


def prefers_channel(channels: Collection[str]) -> ColumnElement[bool]:
    """Returns the condition that a member chose one of `channels` for nudges, or none at all."""
    return MemberRow.nudge_channel.is_(None) | MemberRow.nudge_channel.in_(channels)


async def moment_counts(
    session: AsyncSession, first: datetime, last: datetime
) -> dict[datetime, int]:
    """Returns how many members have each moment from `first` to `last` as their next one."""
    query = (
        select(MemberRow.next_nudge_at, func.count())
        .where(MemberRow.next_nudge_at.between(first, last))
        .group_by(MemberRow.next_nudge_at)
    )
    return {at: count for at, count in (await session.execute(query)).all() if at is not None}


async def reschedule(
    session: AsyncSession, moments: Mapping[int, datetime | None], nudged: Collection[DueMember]
) -> None:
    """Sets the next moment of many members at once.

    Most share their rhythm with others, so there are far fewer moments than members: those with the
    same moment are one statement.

    Args:
        session: the transaction, in which the members are locked.
        moments: the next moment of each member.
        nudged: who gets a new nudge; the bot stops expecting an answer about an earlier one.
    """
    connection = await session.connection()
    members_by_moment: dict[datetime | None, list[int]] = defaultdict(list)
    for member_id, moment in moments.items():
        members_by_moment[moment].append(member_id)
    alone = [
        {"member": member_ids[0], "moment": moment}
        for moment, member_ids in members_by_moment.items()
        if len(member_ids) == 1
    ]
    if alone:
        await connection.execute(
            update(MemberRow)
            .where(MemberRow.id == bindparam("member"))
            .values(next_nudge_at=bindparam("moment")),
            alone,
        )
    for moment, member_ids in members_by_moment.items():
        if len(member_ids) > 1:
            await connection.execute(
                update(MemberRow)
                .where(is_one_of(MemberRow.id, member_ids))
                .values(next_nudge_at=bindparam("moment")),
                {"moment": moment},
            )
    answering = [member.id for member in nudged if member.expecting in ABOUT_A_NUDGE]
    if answering:
        await connection.execute(
            update(MemberRow)
            .where(is_one_of(MemberRow.id, answering))
            .values(expecting=None, expecting_nudge_id=None)
        )


async def fall_quiet(session: AsyncSession, member_ids: Collection[int], now: datetime) -> None:
    """Records that these members get no nudges from now on, and are asked about their pace.

    Their rows are locked by the claim, so that they are asked once.
    """
    if not member_ids:
        return
    connection = await session.connection()
    await connection.execute(
        update(MemberRow)
        .where(is_one_of(MemberRow.id, member_ids))
        .values(quiet_since=now, expecting=Expecting.PACE, expecting_nudge_id=None)
    )


@lru_cache(maxsize=1_000)
def _rhythm(weekdays: frozenset[Weekday], at: time, zone: str) -> Rhythm:
    return Rhythm(weekdays, at, ZoneInfo(zone))

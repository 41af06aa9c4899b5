"""Nudges: what was chosen, sent and answered, and the rounds that follow from them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rhythm import Rhythm, local_day
from bot.core.rounds import COUNTS, Answer, Round, rounds_of
from bot.store.db import leases
from bot.store.members import due_members
from bot.store.members.due_members import DueMember
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AddressRow, Expecting, MemberRow
from bot.store.schema.nudges import NudgeRow

LEASE = timedelta(seconds=20)


def create(
    session: AsyncSession,
    member: MemberRow,
    challenge: ChallengeRow,
    round_at: datetime,
    now: datetime,
    *,
    extra: bool = False,
    swaps: int = 0,
) -> NudgeRow:
    """A nudge that is to be sent right away.

    What the bot waited for about an earlier nudge, it waits for no longer.
    """
    nudge = NudgeRow(
        member_id=member.id,
        challenge=challenge,
        round_at=round_at,
        day=local_day(round_at, member.rhythm.zone),
        per_week=member.rhythm.per_week,
        extra=extra,
        swaps=swaps,
        send_at=now,
    )
    session.add(nudge)
    if member.expecting in (Expecting.REFLECTION, Expecting.SHARING):
        member.expects(None)
    return nudge


@dataclass(frozen=True, slots=True)
class NewNudge:
    """A nudge that a member is going to get."""

    member: DueMember
    round_at: datetime
    challenge: ChallengeRow


async def create_leased(
    session: AsyncSession, new: Sequence[NewNudge], now: datetime
) -> dict[int, int]:
    """Makes many nudges at once, leased to whoever asks; returns their numbers, by member."""
    if not new:
        return {}
    rows = [
        {
            "member_id": nudge.member.id,
            "challenge_id": nudge.challenge.id,
            "round_at": nudge.round_at,
            "day": local_day(nudge.round_at, nudge.member.rhythm.zone),
            "per_week": nudge.member.rhythm.per_week,
            "extra": False,
            "swaps": 0,
            "attempts": 1,
            "send_at": now,
            "leased_until": now + LEASE,
        }
        for nudge in new
    ]
    connection = await session.connection()
    made = insert(NudgeRow).returning(NudgeRow.member_id, NudgeRow.id)
    return {row.member_id: row.id for row in await connection.execute(made, rows)}


async def get_nudge(session: AsyncSession, member_id: int, nudge_id: int) -> NudgeRow | None:
    """This nudge, if it is this member's."""
    query = select(NudgeRow).where(NudgeRow.id == nudge_id, NudgeRow.member_id == member_id)
    return await session.scalar(query)


async def latest_nudge(session: AsyncSession, member_id: int) -> NudgeRow | None:
    """The nudge this member got last, or is about to get."""
    query = select(NudgeRow).where(NudgeRow.member_id == member_id).order_by(NudgeRow.id.desc())
    return await session.scalar(query.limit(1))


async def count_counted_before(session: AsyncSession, nudge: NudgeRow) -> int:
    """How many others this member did or tried."""
    query = select(func.count()).where(
        NudgeRow.member_id == nudge.member_id, NudgeRow.answer.in_(COUNTS), NudgeRow.id != nudge.id
    )
    return await session.scalar(query) or 0


async def all_of_member(session: AsyncSession, member_id: int) -> list[NudgeRow]:
    """All nudges of this member, oldest first."""
    query = select(NudgeRow).where(NudgeRow.member_id == member_id).order_by(NudgeRow.id)
    return list((await session.scalars(query)).all())


async def rounds_of_member(session: AsyncSession, member: MemberRow) -> list[Round]:
    """The member's rounds, oldest first."""
    rows = await all_of_member(session, member.id)
    return rounds_of([row.fact for row in rows], member.absences)


async def round_is_over(session: AsyncSession, nudge: NudgeRow) -> bool:
    """Whether a later round of the same member has begun; an extra one ends only extra ones."""
    query = select(NudgeRow.id).where(
        NudgeRow.member_id == nudge.member_id,
        NudgeRow.round_at > nudge.round_at,
        NudgeRow.extra.in_({False, nudge.extra}),
    )
    return await session.scalar(query.limit(1)) is not None


def record_answer(nudge: NudgeRow, given: Answer, at: datetime) -> None:
    """Notes the answer; what was put off is not sent any more."""
    nudge.answer, nudge.answered_at = given, at
    leases.release(nudge, None)


def postpone(nudge: NudgeRow, until: datetime | None) -> None:
    """Has the nudge sent (again) at `until`; None: not any more."""
    leases.release(nudge, until)


async def pending_of(
    session: AsyncSession, member_ids: Collection[int]
) -> dict[int, list[NudgeRow]]:
    """The nudges of these members that still have to go out."""
    query = select(NudgeRow).where(
        NudgeRow.member_id.in_(member_ids), NudgeRow.send_at.is_not(None)
    )
    by_member: dict[int, list[NudgeRow]] = defaultdict(list)
    for row in (await session.scalars(query)).all():
        by_member[row.member_id].append(row)
    return by_member


def has_failed(nudge: NudgeRow, now: datetime) -> bool:
    """Whether it was tried, never arrived, and is not on its way now."""
    return nudge.attempts > 0 and nudge.sent_at is None and not leases.is_leased(nudge, now)


def move_to_round(nudge: NudgeRow, rhythm: Rhythm, round_at: datetime) -> None:
    """Makes a nudge that still waits the nudge of the round that begins at `round_at`."""
    nudge.round_at, nudge.day = round_at, local_day(round_at, rhythm.zone)
    nudge.per_week, nudge.extra = rhythm.per_week, False


async def pending_to_send(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int
) -> list[tuple[NudgeRow, MemberRow]]:
    """Nudges to be sent by `now` on one of `channels` and leased to nobody, oldest first.

    On PostgreSQL they are locked, and those that another replica locked are passed over.
    """
    query = (
        select(NudgeRow, MemberRow)
        .join(MemberRow, MemberRow.id == NudgeRow.member_id)
        .where(
            NudgeRow.send_at <= now,
            leases.is_free(NudgeRow.leased_until, now),
            MemberRow.left_at.is_(None),
            due_members.prefers_channel(channels),
            due_members.has_address(NudgeRow.member_id, channels),
        )
        .order_by(NudgeRow.send_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=NudgeRow)
    )
    return [(nudge, member) for nudge, member in (await session.execute(query)).all()]


async def get_leased(session: AsyncSession, nudge_id: int, until: datetime) -> NudgeRow | None:
    """Returns this nudge, locked, if the lease until `until` is still on it; None otherwise."""
    query = select(NudgeRow).where(NudgeRow.id == nudge_id, NudgeRow.leased_until == until)
    return await session.scalar(query.with_for_update(of=NudgeRow))


async def round_answers(session: AsyncSession, nudge: NudgeRow) -> set[Answer | None]:
    """What was answered to the nudges of the same round."""
    return set((await session.scalars(_same_round(NudgeRow.answer, nudge))).all())


async def cancel_round(session: AsyncSession, nudge: NudgeRow) -> None:
    """Nothing more of this nudge's round has to go out."""
    for other in (await session.scalars(_same_round(NudgeRow, nudge))).all():
        leases.release(other, None)


def _same_round(what: Any, nudge: NudgeRow) -> Select[Any]:  # noqa: ANN401 - a column or a table
    return select(what).where(
        NudgeRow.member_id == nudge.member_id, NudgeRow.round_at == nudge.round_at
    )


async def cancel_pending(session: AsyncSession, member_id: int) -> None:
    """Nothing that waits is sent to this member any more."""
    await session.execute(
        update(NudgeRow).where(NudgeRow.member_id == member_id).values(send_at=None)
    )


async def release_leases(session: AsyncSession, channel: str) -> None:
    """Releases the leases that an earlier leader of the channel left behind."""
    on_channel = select(AddressRow.member_id).where(AddressRow.channel == channel)
    await session.execute(
        update(NudgeRow)
        .where(NudgeRow.leased_until.is_not(None), NudgeRow.member_id.in_(on_channel))
        .values(leased_until=None)
    )


async def next_send_at(session: AsyncSession) -> datetime | None:
    """The earliest moment at which a nudge waits to be sent."""
    return await session.scalar(select(func.min(NudgeRow.send_at)))

"""Nudges: what was chosen, sent and answered, and the rounds that follow from them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.fit import Span
from bot.core.rhythm.check_in import check_in_moment
from bot.core.rhythm.rhythm import Rhythm, local_day
from bot.core.streaks.rounds import COUNTS, OPEN_DAYS, Answer, Round, rounds_of, week_closes_at
from bot.core.streaks.streak import Progress
from bot.store.db.locks import leases
from bot.store.db.many_values import insert_of, is_one_of
from bot.store.db.plans import find_by_index
from bot.store.members import due_members
from bot.store.members.due_members import DueMember
from bot.store.nudges import round_counts
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AddressRow, Expecting, MemberRow
from bot.store.schema.nudges import NudgeRow


@dataclass(frozen=True, slots=True)
class PlaceInRound:
    """Where a nudge comes among a member's rounds.

    Attributes:
        round_at: when its round began or begins.
        extra: whether the member asked for the round, besides the planned ones.
        swaps: how many nudges came before it in the round.
    """

    round_at: datetime
    extra: bool = False
    swaps: int = 0

    @classmethod
    def after_swap(cls, nudge: NudgeRow) -> "PlaceInRound":
        """Returns the place of what comes instead of this nudge, in the same round."""
        return cls(nudge.round_at, nudge.extra, nudge.swaps + 1)

    @property
    def begins_planned_round(self) -> bool:
        """Whether it is the first nudge of a planned round."""
        return not (self.extra or self.swaps)


def create(
    session: AsyncSession,
    member: MemberRow,
    challenge: ChallengeRow,
    place: PlaceInRound,
    now: datetime,
) -> NudgeRow:
    """Adds a nudge that is to be sent at `now`, and returns it; the caller flushes.

    The bot stops waiting for a reflection on an earlier nudge, or for who may read that.
    """
    nudge = NudgeRow(
        member_id=member.id,
        challenge=challenge,
        round_at=place.round_at,
        day=local_day(place.round_at, member.rhythm.zone),
        open_until=_open_until(challenge, member.rhythm, place.round_at),
        per_week=member.rhythm.per_week,
        extra=place.extra,
        asked_for=place.extra,
        swaps=place.swaps,
        send_at=now,
    )
    session.add(nudge)
    if member.expecting in (Expecting.REFLECTION, Expecting.ADDITION):
        member.expects(None)
    return nudge


@dataclass(frozen=True, slots=True)
class NewNudge:
    """A nudge to be created: for whom, for which round, and with which challenge."""

    member: DueMember
    round_at: datetime
    challenge: ChallengeRow

    @property
    def day(self) -> date:
        """The member's local date at that moment."""
        return local_day(self.round_at, self.member.rhythm.zone)

    @property
    def last_day(self) -> date | None:
        """The last local day on which it can be done; None: it is one of today."""
        if self.challenge.span != Span.WEEK:
            return None
        return self.day + timedelta(days=OPEN_DAYS - 1)


async def create_leased(
    session: AsyncSession, new: Sequence[NewNudge], now: datetime
) -> dict[int, int]:
    """Inserts many nudges in one statement, leased to the caller; returns their ids by member id.

    They are due at `now`, and the lease counts as their first attempt: when the process crashes
    before it has sent them, another one claims them after `NUDGE_LEASE`.
    """
    if not new:
        return {}
    rows = [
        {
            "member_id": nudge.member.id,
            "challenge_id": nudge.challenge.id,
            "round_at": nudge.round_at,
            "day": nudge.day,
            "open_until": _open_until(nudge.challenge, nudge.member.rhythm, nudge.round_at),
            "per_week": nudge.member.rhythm.per_week,
            "check_in_at": (
                check_in_moment(nudge.member.rhythm, now) if nudge.member.check_in else None
            ),
        }
        for nudge in new
    ]
    lease = leases.leased_values(now + leases.NUDGE_LEASE)
    shared = {"extra": False, "swaps": 0, "send_at": now, **lease}
    connection = await session.connection()
    statement, parameters = insert_of(connection.dialect.name, NudgeRow, rows, shared)
    created = await connection.execute(
        statement.returning(NudgeRow.member_id, NudgeRow.id), parameters
    )
    return {row.member_id: row.id for row in created}


async def get_nudge(session: AsyncSession, member_id: int, nudge_id: int) -> NudgeRow | None:
    """Returns the nudge with this id if it is this member's, or None."""
    query = select(NudgeRow).where(NudgeRow.id == nudge_id, NudgeRow.member_id == member_id)
    return await session.scalar(query)


async def latest_nudge(session: AsyncSession, member_id: int) -> NudgeRow | None:
    """Returns the nudge that was created last for this member, sent or not; None: there is none."""
    query = select(NudgeRow).where(NudgeRow.member_id == member_id).order_by(NudgeRow.id.desc())
    return await session.scalar(query.limit(1))


async def count_counted_before(session: AsyncSession, nudge: NudgeRow) -> int:
    """Returns how many other nudges the same member did or tried."""
    query = select(func.count()).where(
        NudgeRow.member_id == nudge.member_id, NudgeRow.answer.in_(COUNTS), NudgeRow.id != nudge.id
    )
    before = await round_counts.done_before(session, nudge.member_id)
    return before + (await session.scalar(query) or 0)


async def count_counted(session: AsyncSession, member_id: int) -> int:
    """Returns how many nudges a member did or tried."""
    query = select(func.count()).where(NudgeRow.member_id == member_id, NudgeRow.answer.in_(COUNTS))
    before = await round_counts.done_before(session, member_id)
    return before + (await session.scalar(query) or 0)


async def all_of_member(session: AsyncSession, member_id: int) -> list[NudgeRow]:
    """Returns all nudges of this member that are kept, oldest first."""
    query = select(NudgeRow).where(NudgeRow.member_id == member_id).order_by(NudgeRow.id)
    return list((await session.scalars(query)).all())


async def sent_before(
    session: AsyncSession, member_id: int, before: int | None, most: int
) -> list[NudgeRow]:
    """Returns the last nudges that reached this member, oldest first.

    Args:
        session: the transaction.
        member_id: whose.
        before: the id before which they are; None: the newest.
        most: how many at most.
    """
    query = select(NudgeRow).where(NudgeRow.member_id == member_id, NudgeRow.sent_at.is_not(None))
    if before is not None:
        query = query.where(NudgeRow.id < before)
    rows = await session.scalars(query.order_by(NudgeRow.id.desc()).limit(most))
    return list(rows.all())[::-1]


async def rounds_of_member(session: AsyncSession, member: MemberRow) -> list[Round]:
    """Returns the member's rounds, oldest first; see `progress_of_member` for those before."""
    rows = await all_of_member(session, member.id)
    return rounds_of([row.fact for row in rows], member.absences)


async def progress_of_member(session: AsyncSession, member: MemberRow) -> Progress:
    """Returns the member's rounds, and what is left of those that are too old to be kept."""
    rounds = await rounds_of_member(session, member)
    return Progress(rounds, await round_counts.rounds_before(session, member.id))


async def round_is_over(session: AsyncSession, nudge: NudgeRow) -> bool:
    """Returns whether a round of the member began that ends this one; see `rounds_of`."""
    query = select(NudgeRow.id).where(
        NudgeRow.member_id == nudge.member_id,
        NudgeRow.round_at > nudge.round_at,
        NudgeRow.round_at >= (nudge.open_until or nudge.round_at),
        NudgeRow.extra.in_({False, nudge.extra}),
    )
    return await session.scalar(query.limit(1)) is not None


def record_answer(nudge: NudgeRow, answer: Answer, at: datetime) -> None:
    """Records the answer; a nudge that was postponed is not sent again, nor a follow-up."""
    nudge.answer, nudge.answered_at, nudge.moments_cut = answer, at, False
    reschedule_without_follow_up(nudge, None)


def change_answer(nudge: NudgeRow, answer: Answer, at: datetime) -> None:
    """Records another answer, as of the moment of the first one: that may have been in time."""
    record_answer(nudge, answer, nudge.answered_at or at)


def reopen(nudge: NudgeRow) -> None:
    """Takes the answer back: the nudge is open again."""
    nudge.answer = nudge.answered_at = None


def reschedule(nudge: NudgeRow, until: datetime | None) -> None:
    """Plans the nudge, or its follow-up, to be sent (again) at `until`; releases its lease.

    None: it is not sent.
    """
    leases.release(nudge, until)


def reschedule_without_follow_up(nudge: NudgeRow, until: datetime | None) -> None:
    """Plans the nudge itself to be sent (again) at `until`, or never, without any follow-up."""
    nudge.follow_up = nudge.check_in_at = None
    leases.release(nudge, until)


async def pending_of(
    session: AsyncSession, member_ids: Collection[int]
) -> dict[int, list[NudgeRow]]:
    """Returns the nudges that still have to be sent, by the id of their member."""
    await find_by_index(session)
    query = select(NudgeRow).where(
        is_one_of(NudgeRow.member_id, member_ids), NudgeRow.send_at.is_not(None)
    )
    by_member: dict[int, list[NudgeRow]] = defaultdict(list)
    for row in (await session.scalars(query)).all():
        by_member[row.member_id].append(row)
    return by_member


def has_failed(nudge: NudgeRow, now: datetime) -> bool:
    """Returns whether sending was attempted, none succeeded, and no sender has it now."""
    return nudge.attempts > 0 and nudge.sent_at is None and not leases.is_leased(nudge, now)


def move_to_round(nudge: NudgeRow, rhythm: Rhythm, round_at: datetime) -> None:
    """Moves a nudge that was not sent yet to the planned round that begins at `round_at`."""
    nudge.round_at, nudge.day = round_at, local_day(round_at, rhythm.zone)
    nudge.per_week, nudge.extra, nudge.asked_for = rhythm.per_week, False, False
    nudge.open_until = _open_until(nudge.challenge, rhythm, round_at)


def _open_until(challenge: ChallengeRow, rhythm: Rhythm, round_at: datetime) -> datetime | None:
    """Returns until when a challenge of this week is open; None: it is one of today."""
    if challenge.span != Span.WEEK:
        return None
    return week_closes_at(local_day(round_at, rhythm.zone), rhythm.zone)


async def pending_to_send(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int
) -> list[tuple[NudgeRow, MemberRow]]:
    """Returns nudges due by `now` on one of `channels` without a lease, longest due first.

    They are locked for update on PostgreSQL, so that no two replicas lease the same one; those that
    another transaction has locked are skipped, so that replicas do not wait for each other.
    """
    query = _pending_query(tuple(sorted(channels)))
    rows = await session.execute(query, {"now": now, "most": limit})
    return [(nudge, member) for nudge, member in rows]


@lru_cache
def _pending_query(channels: tuple[str, ...]) -> Select[NudgeRow, MemberRow]:
    now = bindparam("now", type_=NudgeRow.send_at.type)
    return (
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
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=NudgeRow)
    )


async def get_leased(session: AsyncSession, nudge_id: int, until: datetime) -> NudgeRow | None:
    """Returns this nudge, locked for update, if it is still leased until `until`; None otherwise.

    None means that it was answered, postponed or claimed by another sender in the meantime, and the
    caller has to leave it alone.
    """
    query = select(NudgeRow).where(NudgeRow.id == nudge_id, NudgeRow.leased_until == until)
    return await session.scalar(query.with_for_update(of=NudgeRow))


async def round_answers(session: AsyncSession, nudge: NudgeRow) -> set[Answer | None]:
    """Returns the answers to the nudges of the same round; None among them: one is unanswered."""
    return set((await session.scalars(_same_round(NudgeRow.answer, nudge))).all())


async def cancel_round(session: AsyncSession, nudge: NudgeRow) -> None:
    """Cancels what still has to be sent of the nudge's round, and ends the leases."""
    for row in (await session.scalars(_same_round(NudgeRow, nudge))).all():
        reschedule_without_follow_up(row, None)


def _same_round(entity: Any, nudge: NudgeRow) -> Select[Any]:  # noqa: ANN401 - a column or a table
    return select(entity).where(
        NudgeRow.member_id == nudge.member_id, NudgeRow.round_at == nudge.round_at
    )


async def cancel_pending(session: AsyncSession, member_id: int) -> None:
    """Cancels all nudges that still have to be sent to this member."""
    await session.execute(
        update(NudgeRow)
        .where(NudgeRow.member_id == member_id)
        .values(send_at=None, follow_up=None, check_in_at=None)
    )


async def release_leases(session: AsyncSession, channel: str) -> None:
    """Ends the leases that an earlier leader of the channel left behind; nudges stay due.

    Only for the new leader, before it claims: leases are all of one that sends no longer.
    """
    on_channel = select(AddressRow.member_id).where(AddressRow.channel == channel)
    await session.execute(
        update(NudgeRow)
        .where(NudgeRow.leased_until.is_not(None), NudgeRow.member_id.in_(on_channel))
        .values(**leases.NO_LEASE)
    )


async def next_due_at(session: AsyncSession, channels: Collection[str]) -> datetime | None:
    """Returns when the first pending nudge on one of `channels` is to be sent; None: there is none.

    One that a sender has a lease on counts from the end of that.
    """
    return await session.scalar(
        select(leases.earliest_due(NudgeRow.send_at, NudgeRow.leased_until))
        .join(MemberRow, MemberRow.id == NudgeRow.member_id)
        .where(
            NudgeRow.send_at.is_not(None),
            MemberRow.left_at.is_(None),
            due_members.prefers_channel(channels),
            due_members.has_address(NudgeRow.member_id, channels),
        )
    )


async def next_send_at(session: AsyncSession) -> datetime | None:
    """Returns the earliest moment at which a nudge has to be sent; None: none has to."""
    return await session.scalar(select(func.min(NudgeRow.send_at)))

"""Old rounds: after the configured time a member's rounds become counts, and their nudges go.

What members see stays the same: see `bot.core.streaks.streak.RoundCounts`. The last challenges are
kept however old they are, because the choice of the next one looks at them.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.nerve import REMEMBERED
from bot.core.challenges.selection import History, Selected
from bot.core.privacy.retention import Cutoffs
from bot.core.rhythm.workdays import Absence
from bot.core.streaks.rounds import COUNTS, Answer, NudgeFact, rounds_of, settled_until
from bot.core.streaks.streak import NOTHING_BEFORE, counts_after
from bot.store.members.absences import absences_of
from bot.store.nudges import round_counts
from bot.store.nudges.round_counts import KeptCounts
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import LinkRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow, fact_of
from bot.store.schema.teams import DigestRow, StoryRow

MEMBERS_AT_ONCE = 40
IDS_PER_STATEMENT = 500
DAY = timedelta(days=1)
# A day for the zone, a week for a challenge of this week, and as much again for an odd clock.
LOOKED_AT_AFTER = timedelta(days=16)


@dataclass(frozen=True, slots=True)
class OldRounds:
    """The nudges of one member that become counts, and what that is computed from."""

    member_id: int
    absences: Sequence[Absence]
    nudges: Sequence[Row[Any]] = field(default=())

    @property
    def facts(self) -> list[NudgeFact]:
        """The nudges as the rules know them."""
        return list(map(fact_of, self.nudges))


async def members_with_old(session: AsyncSession, cutoffs: Cutoffs, after: int) -> list[int]:
    """Returns the ids of the next members, after the id `after`, who may have old rounds.

    Not of somebody who can still undo a link: the rounds of each would have to be told apart. The
    moment of the round finds them by its index; the day decides, in `old_rounds_of`.
    """
    until = datetime.combine(cutoffs.answers + DAY, time(0), UTC)
    has_old = exists().where(NudgeRow.member_id == MemberRow.id, NudgeRow.round_at < until)
    is_linked = exists().where(
        or_(LinkRow.member_id == MemberRow.id, LinkRow.joined_member_id == MemberRow.id)
    )
    query = select(MemberRow.id).where(MemberRow.id > after, has_old, ~is_linked)
    return list((await session.scalars(query.order_by(MemberRow.id).limit(MEMBERS_AT_ONCE))).all())


async def old_rounds_of(
    session: AsyncSession, member_ids: Collection[int], cutoffs: Cutoffs
) -> list[OldRounds]:
    """Returns what becomes counts, of those of these members of whom anything does.

    Of the rounds that come later than what could become counts, only what decides is read: how many
    they are, and the first of them.
    """
    until = _looked_at_until(cutoffs)
    absences = await absences_of(session, member_ids)
    needed = await _days_needed(session, member_ids, cutoffs)
    later = await _later_rounds(session, member_ids, until)
    found = []
    for member_id, rows in (await _nudges_of(session, member_ids, until)).items():
        following = later.get(member_id, NOTHING_LATER)
        remembered = rows[-(REMEMBERED - following.nudges) :] if following.leaves_some else []
        before = min([cutoffs.answers, *needed[member_id], *(row.day for row in remembered)])
        is_enough = len(rows) + following.nudges > REMEMBERED
        facts = [*map(fact_of, rows), *following.first_rounds]
        settled = settled_until(facts, before) if is_enough else None
        if settled is not None:
            old = [row for row in rows if row.day <= settled]
            found.append(OldRounds(member_id, absences.get(member_id, []), old))
    return found


def _looked_at_until(cutoffs: Cutoffs) -> datetime:
    """Returns a moment after which no round becomes counts, nor is a week's challenge open still.

    What comes later only ends rounds, and it is on days that are not old.
    """
    return datetime.combine(cutoffs.answers + LOOKED_AT_AFTER, time(0), UTC)


@dataclass(slots=True)
class LaterRounds:
    """A member's rounds after those that are looked at one by one.

    Attributes:
        nudges: how many nudges they have.
        first_rounds: the moment and the day at which their own ones begin, and the extra ones.
    """

    nudges: int = 0
    first_rounds: list[NudgeFact] = field(default_factory=list)

    @property
    def leaves_some(self) -> bool:
        """Whether earlier ones are among the last that are remembered."""
        return self.nudges < REMEMBERED


NOTHING_LATER = LaterRounds()


async def _later_rounds(
    session: AsyncSession, member_ids: Collection[int], since: datetime
) -> Mapping[int, LaterRounds]:
    query = (
        select(
            NudgeRow.member_id,
            NudgeRow.extra,
            func.count(),
            func.min(NudgeRow.round_at),
            func.min(NudgeRow.day),
        )
        .where(NudgeRow.member_id.in_(member_ids), NudgeRow.round_at >= since)
        .group_by(NudgeRow.member_id, NudgeRow.extra)
    )
    later: dict[int, LaterRounds] = defaultdict(LaterRounds)
    for member_id, extra, nudges, first_at, first_day in (await session.execute(query)).all():
        later[member_id].nudges += nudges
        first = NudgeFact(round_at=first_at, day=first_day, per_week=1, extra=extra)
        later[member_id].first_rounds.append(first)
    return later


async def lock_members(session: AsyncSession, member_ids: Collection[int]) -> None:
    """Locks these members on PostgreSQL, so that nothing of theirs changes in between."""
    locked = select(MemberRow.id).where(MemberRow.id.in_(member_ids)).order_by(MemberRow.id)
    await session.execute(locked.with_for_update(key_share=True))


async def make_counts(session: AsyncSession, found: Collection[OldRounds]) -> int:
    """Replaces the old rounds of members by counts; returns how many nudges they had.

    Lock the members before you read these.
    """
    known = await round_counts.of_members(session, [old.member_id for old in found])
    counts = {old.member_id: _counted(old, known.get(old.member_id)) for old in found}
    await round_counts.store(session, counts)
    ids = [row.id for old in found for row in old.nudges]
    for first in range(0, len(ids), IDS_PER_STATEMENT):
        some = ids[first : first + IDS_PER_STATEMENT]
        await session.execute(
            delete(NudgeRow)
            .where(NudgeRow.id.in_(some))
            .execution_options(synchronize_session=False)
        )
    return len(ids)


def _counted(old: OldRounds, known: KeptCounts | None) -> KeptCounts:
    rounds, history, unsuitable = NOTHING_BEFORE, History(), 0
    if known is not None:
        rounds, history, unsuitable = known.rounds, known.history, known.unsuitable
    done = history.done
    for row in old.nudges:
        selected = Selected(row.number, row.set_name, row.daring)
        planned = not row.extra and row.swaps == 0
        history = history.after_receiving(selected, planned=planned)
        done += row.answer in COUNTS
        unsuitable |= (row.answer is Answer.UNSUITABLE) << row.number
    counted = counts_after(rounds_of(old.facts, old.absences), rounds)
    received = History(history.times_received, rounds=history.rounds, done=done)
    return round_counts.kept_counts(counted, received, unsuitable)


async def _nudges_of(
    session: AsyncSession, member_ids: Collection[int], until: datetime
) -> Mapping[int, Sequence[Row[Any]]]:
    """Returns the nudges of members before a moment, in the order in which they came.

    Their texts are left out.
    """
    query = (
        select(
            NudgeRow.id,
            NudgeRow.member_id,
            NudgeRow.round_at,
            NudgeRow.day,
            NudgeRow.per_week,
            NudgeRow.extra,
            NudgeRow.swaps,
            NudgeRow.sent_at,
            NudgeRow.answer,
            NudgeRow.answered_at,
            NudgeRow.open_until,
            ChallengeRow.number,
            ChallengeRow.set_name,
            ChallengeRow.daring,
        )
        .join(ChallengeRow, ChallengeRow.id == NudgeRow.challenge_id)
        .where(NudgeRow.member_id.in_(member_ids), NudgeRow.round_at < until)
        .order_by(NudgeRow.member_id, NudgeRow.round_at, NudgeRow.id)
    )
    connection = await session.connection()
    rows: Sequence[Any] = (await connection.execute(query)).all()
    return {number: list(own) for number, own in groupby(rows, attrgetter("member_id"))}


async def _days_needed(
    session: AsyncSession, member_ids: Collection[int], cutoffs: Cutoffs
) -> Mapping[int, list[date]]:
    """Returns the days of nudges that something else needs still: a text, a story, or sending."""
    written = exists().where(
        ReflectionRow.nudge_id == NudgeRow.id, ReflectionRow.written_at >= cutoffs.reflections
    )
    told = exists().where(
        StoryRow.nudge_id == NudgeRow.id,
        StoryRow.digest_id == DigestRow.id,
        DigestRow.monday >= cutoffs.digests,
    )
    query = select(NudgeRow.member_id, NudgeRow.day).where(
        NudgeRow.member_id.in_(member_ids),
        NudgeRow.round_at < _looked_at_until(cutoffs),
        or_(NudgeRow.send_at.is_not(None), written, told),
    )
    days: dict[int, list[date]] = defaultdict(list)
    for member_id, day in (await session.execute(query)).all():
        days[member_id].append(day)
    return days

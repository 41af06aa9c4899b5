"""Round counts: what is left of a member's rounds that are too old to be kept one by one."""

from collections.abc import Collection, Mapping
from datetime import date

from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.selection import History, received_by_either
from bot.core.streaks.streak import NOTHING_BEFORE, RoundCounts, with_extra
from bot.store.db.engine import upsert
from bot.store.db.many_values import is_one_of
from bot.store.schema.challenges import ChallengeRow, decode_bit_sets, encode_bit_sets
from bot.store.schema.nudges import RoundCountsRow


class KeptCounts(BaseModel, from_attributes=True):
    """The columns of a member's counts, besides whose they are."""

    until: date
    grows: int
    jokers: int
    breaks: int
    others: int
    current: int
    longest: int
    joker_day: date | None
    strength: float
    planned: int
    done: int
    received_bits: str
    unsuitable_bits: str

    @property
    def rounds(self) -> RoundCounts:
        """The counts as the rules in `bot.core` know them."""
        names = RoundCounts.__dataclass_fields__
        return RoundCounts(**{name: getattr(self, name) for name in names})

    @property
    def history(self) -> History:
        """What these rounds say about the choice of the next challenge."""
        return History(decode_bit_sets(self.received_bits), rounds=self.planned, done=self.done)

    @property
    def unsuitable(self) -> int:
        """The bit set of the challenges that do not suit the member's work."""
        return int(self.unsuitable_bits, 16)


def kept_counts(rounds: RoundCounts, history: History, unsuitable: int) -> KeptCounts:
    """Returns the counts that say this much; there has to be a round."""
    values = {name: getattr(rounds, name) for name in RoundCounts.__dataclass_fields__}
    return KeptCounts(
        **values,
        planned=history.rounds,
        done=history.done,
        received_bits=encode_bit_sets(history.times_received),
        unsuitable_bits=f"{unsuitable:x}",
    )


async def of_members(session: AsyncSession, member_ids: Collection[int]) -> dict[int, KeptCounts]:
    """Returns the counts of these members, by member; one of whom nothing is that old is not in."""
    query = select(RoundCountsRow.__table__).where(is_one_of(RoundCountsRow.member_id, member_ids))
    rows = (await session.execute(query)).all()
    return {row.member_id: KeptCounts.model_validate(row) for row in rows}


async def of_member(session: AsyncSession, member_id: int) -> KeptCounts | None:
    """Returns the counts of a member; None: nothing of theirs is that old."""
    return (await of_members(session, [member_id])).get(member_id)


async def rounds_before(session: AsyncSession, member_id: int) -> RoundCounts:
    """Returns what is left of the member's oldest rounds."""
    counts = await of_member(session, member_id)
    return NOTHING_BEFORE if counts is None else counts.rounds


async def done_before(session: AsyncSession, member_id: int) -> int:
    """Returns how many nudges that are not kept any more the member did or tried."""
    query = select(RoundCountsRow.done).where(RoundCountsRow.member_id == member_id)
    return await session.scalar(query) or 0


async def store(session: AsyncSession, counts: Mapping[int, KeptCounts]) -> None:
    """Replaces the counts of members, by member."""
    if not counts:
        return
    rows = [{"member_id": number, **own.model_dump()} for number, own in sorted(counts.items())]
    connection = await session.connection()
    statement = upsert(connection.dialect.name, RoundCountsRow)
    changed = {name: statement.excluded[name] for name in KeptCounts.model_fields}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["member_id"], set_=changed), rows
    )


async def put_back(session: AsyncSession, member_id: int, counts: KeptCounts | None) -> None:
    """Gives a member the counts of an earlier moment; None: there were none."""
    if counts is not None:
        await store(session, {member_id: counts})
        return
    await session.execute(
        delete(RoundCountsRow)
        .where(RoundCountsRow.member_id == member_id)
        .execution_options(synchronize_session=False)
    )


async def add_of_other(session: AsyncSession, member_id: int, other_id: int) -> None:
    """Adds to the counts of a member those of another one, who is merged with them.

    The other one keeps theirs, for as long as the merge can be undone.
    """
    both = await of_members(session, [member_id, other_id])
    own, other = both.get(member_id), both.get(other_id)
    if other is None:
        return
    if own is None:
        rounds, history, unsuitable = NOTHING_BEFORE, History(), 0
    else:
        rounds, history, unsuitable = own.rounds, own.history, own.unsuitable
    received = received_by_either(history.times_received, other.history.times_received)
    done = history.done + other.done
    merged = History(received, rounds=history.rounds, done=done)
    counts = with_extra(rounds, other.rounds)
    kept = kept_counts(counts, merged, unsuitable | other.unsuitable)
    await store(session, {member_id: kept})


async def received_challenges(
    session: AsyncSession, counts: KeptCounts
) -> list[tuple[str, str, int, bool]]:
    """Returns the challenges that came in these rounds.

    Returns:
        Of each its set, its id, how often it came, and whether it suits the member's work.
    """
    received = decode_bit_sets(counts.received_bits)
    query = (
        select(ChallengeRow.set_name, ChallengeRow.slug, ChallengeRow.number)
        .distinct()
        .order_by(ChallengeRow.set_name, ChallengeRow.slug)
    )
    return [
        (row.set_name, row.slug, times, not counts.unsuitable >> row.number & 1)
        for row in await session.execute(query)
        if (times := sum(bits >> row.number & 1 for bits in received))
    ]

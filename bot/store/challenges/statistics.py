"""How challenges were answered, over all members: counted in batches, and kept with noise."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Row, and_, case, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.statistics import ChallengeCounts
from bot.core.privacy.noise import noise
from bot.core.streaks.rounds import COUNTS, Answer
from bot.core.streaks.team_board import monday_of
from bot.store.db.engine import upsert
from bot.store.schema.challenges import ChallengeFiguresRow, ChallengeRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow

# An answer can come until a week later; what is counted before that would count as unanswered.
SETTLED_AFTER = timedelta(weeks=1)


async def challenge_counts(
    session: AsyncSession, people: int, at: datetime, name: str | None = None
) -> list[ChallengeCounts]:
    """Returns the counts of each challenge that enough people received, all versions together.

    A challenge that came to at least `people` different members in weeks that are settled and not
    counted yet, is counted on first. What was counted once stays, also when a member is erased:
    the difference between two looks is always about a whole batch of people.

    Args:
        session: a transaction that writes; it locks the challenges that it counts.
        people: how many members a batch has at least.
        at: the present.
        name: the set to return; None: all sets.

    Returns:
        By set name and challenge id.
    """
    await _count_settled(session, people, monday_of(at.date()) - SETTLED_AFTER)
    return await counted(session, name)


async def counted(session: AsyncSession, name: str | None = None) -> list[ChallengeCounts]:
    """Returns what was counted so far, of one set or (None) of all; it only reads."""
    query = (
        select(ChallengeFiguresRow)
        .where(ChallengeFiguresRow.batches > 0)
        .order_by(ChallengeFiguresRow.set_name, ChallengeFiguresRow.slug)
    )
    if name is not None:
        query = query.where(ChallengeFiguresRow.set_name == name)
    return [
        ChallengeCounts(
            row.set_name, row.slug, row.batches, row.sent, row.did, row.swapped, row.reflected
        )
        for row in (await session.scalars(query)).all()
    ]


async def _count_settled(session: AsyncSession, people: int, until: date) -> None:
    """Adds a batch to every challenge that has one, of the days before `until`.

    The rows are made and locked before anything is counted, or two looks at the same time would
    count the same batch twice.
    """
    if new := await _new_challenges(session):
        received = (
            select(ChallengeRow.set_name, ChallengeRow.slug)
            .join(NudgeRow, NudgeRow.challenge_id == ChallengeRow.id)
            .where(ChallengeRow.id.in_(new), NudgeRow.sent_at.is_not(None), NudgeRow.day < until)
            .group_by(ChallengeRow.set_name, ChallengeRow.slug)
            .having(func.count(distinct(NudgeRow.member_id)) >= people)
        )
        if pairs := (await session.execute(received)).all():
            statement = upsert(session.get_bind().dialect.name, ChallengeFiguresRow)
            values = [{"set_name": pair.set_name, "slug": pair.slug} for pair in pairs]
            await session.execute(statement.on_conflict_do_nothing(), values)
    locked = select(ChallengeFiguresRow).order_by(
        ChallengeFiguresRow.set_name, ChallengeFiguresRow.slug
    )
    rows = {
        (row.set_name, row.slug): row
        for row in (await session.scalars(locked.with_for_update())).all()
    }
    if not rows:
        return
    for batch in await _batches(session, people, until):
        _add(rows[batch.set_name, batch.slug], batch, until)
    await session.flush()


async def _new_challenges(session: AsyncSession) -> Sequence[int]:
    """Returns the ids of the challenges that have no row of figures yet."""
    has_row = (
        select(ChallengeFiguresRow.slug)
        .where(
            ChallengeFiguresRow.set_name == ChallengeRow.set_name,
            ChallengeFiguresRow.slug == ChallengeRow.slug,
        )
        .exists()
    )
    return (await session.scalars(select(ChallengeRow.id).where(~has_row))).all()


Batch = Row[tuple[str, str, int, int, int, int]]
"""Of one challenge: its set and id, how often it was sent, done or tried, swapped, reflected on."""


async def _batches(session: AsyncSession, people: int, until: date) -> list[Batch]:
    """Returns what is not counted yet of each challenge that came to enough people."""
    has_reflection = (
        select(ReflectionRow.nudge_id).where(ReflectionRow.nudge_id == NudgeRow.id).exists()
    )
    query = (
        select(
            ChallengeRow.set_name,
            ChallengeRow.slug,
            func.count().label("sent"),
            func.sum(case((NudgeRow.answer.in_(COUNTS), 1), else_=0)).label("did"),
            func.sum(case((NudgeRow.answer == Answer.SWAPPED, 1), else_=0)).label("swapped"),
            func.sum(case((has_reflection, 1), else_=0)).label("reflected"),
        )
        .join(NudgeRow, NudgeRow.challenge_id == ChallengeRow.id)
        .join(
            ChallengeFiguresRow,
            and_(
                ChallengeFiguresRow.set_name == ChallengeRow.set_name,
                ChallengeFiguresRow.slug == ChallengeRow.slug,
            ),
        )
        .where(
            NudgeRow.sent_at.is_not(None),
            NudgeRow.day >= ChallengeFiguresRow.counted_until,
            NudgeRow.day < until,
        )
        .group_by(ChallengeRow.set_name, ChallengeRow.slug)
        .having(func.count(distinct(NudgeRow.member_id)) >= people)
    )
    return list((await session.execute(query)).all())


def _add(row: ChallengeFiguresRow, batch: Batch, until: date) -> None:
    """Adds a batch, each of its counts with noise of its own."""
    row.sent += batch.sent
    for name in ("did", "swapped", "reflected"):
        counted = int(batch._mapping[name]) + noise(row.noise_key, f"{name} until {until}")
        setattr(row, name, getattr(row, name) + counted)
    row.batches += 1
    row.counted_until = until

"""Counts of how challenges were answered, over all members."""

from sqlalchemy import case, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rounds import Answer
from bot.core.statistics import ChallengeCounts
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow


async def challenge_counts(session: AsyncSession, name: str | None = None) -> list[ChallengeCounts]:
    """Returns the counts of each challenge that was ever sent, all its versions together.

    Args:
        session: the transaction.
        name: the set to count; None: all sets.

    Returns:
        By set name and challenge id.
    """
    has_reflection = (
        select(ReflectionRow.nudge_id).where(ReflectionRow.nudge_id == NudgeRow.id).exists()
    )
    query = (
        select(
            ChallengeRow.set_name,
            ChallengeRow.slug,
            func.count(distinct(NudgeRow.member_id)),
            func.count(),
            *(func.sum(case((NudgeRow.answer == answer, 1), else_=0)) for answer in Answer),
            func.sum(case((has_reflection, 1), else_=0)),
        )
        .join(NudgeRow, NudgeRow.challenge_id == ChallengeRow.id)
        .where(NudgeRow.sent_at.is_not(None))
        .group_by(ChallengeRow.set_name, ChallengeRow.slug)
        .order_by(ChallengeRow.set_name, ChallengeRow.slug)
    )
    if name is not None:
        query = query.where(ChallengeRow.set_name == name)
    rows = (await session.execute(query)).all()
    return [
        ChallengeCounts(
            theme,
            slug,
            members,
            sent,
            {answer: int(count) for answer, count in zip(Answer, counts, strict=True)},
            int(reflected),
        )
        for theme, slug, members, sent, *counts, reflected in rows
    ]

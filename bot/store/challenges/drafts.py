"""Sets that trainers sent and have not published yet: one each, for a day at most."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenge import ChallengeSet
from bot.core.publishing import Audience
from bot.core.rhythm import at_local
from bot.store.challenges import publications
from bot.store.schema.challenges import DraftRow
from bot.store.teams import teams

KEEP_DRAFTS = timedelta(days=1)
STAMP = 8


async def save_draft(
    session: AsyncSession,
    member_id: int,
    challenge_set: ChallengeSet,
    publication_number: int,
    at: datetime,
) -> DraftRow:
    """Keeps a set for its trainer, instead of what they sent before."""
    await discard_draft(session, member_id)
    draft = DraftRow(
        member_id=member_id,
        content=challenge_set.model_dump_json(),
        publication_number=publication_number,
        examples_page=0,
        teams=[],
        starts_on=None,
        saved_at=at,
    )
    session.add(draft)
    await session.flush()
    return draft


async def discard_draft(session: AsyncSession, member_id: int) -> None:
    """What this trainer sent is not published."""
    await session.execute(delete(DraftRow).where(DraftRow.member_id == member_id))


async def purge_old(session: AsyncSession, at: datetime) -> None:
    """Drops what was left for more than a day."""
    await session.execute(delete(DraftRow).where(DraftRow.saved_at < at - KEEP_DRAFTS))


def set_in(draft: DraftRow) -> ChallengeSet:
    """The set as it was sent."""
    return ChallengeSet.model_validate_json(draft.content)


def stamp_of(challenge_set: ChallengeSet) -> str:
    """What the buttons under a draft carry, so that they never publish another one."""
    return publications.digest(challenge_set)[:STAMP]


async def audience_of(
    session: AsyncSession, draft: DraftRow, at: datetime, zone: ZoneInfo
) -> Audience:
    """For whom it is, and from when: now, or when that day begins where they are.

    Args:
        session: to read from.
        draft: of which set.
        at: the present.
        zone: where everybody is taken to be.
    """
    chosen = await teams.teams_by_id(session, frozenset(draft.teams))
    zones: dict[int | None, ZoneInfo] = {team.id: ZoneInfo(team.zone) for team in chosen}
    return {
        team: at if draft.starts_on is None else max(at, at_local(draft.starts_on, time(0), where))
        for team, where in (zones or {None: zone}).items()
    }

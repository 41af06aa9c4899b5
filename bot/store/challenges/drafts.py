"""Drafts: sets that trainers sent and have not published; one per trainer, for a day at most."""

from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import Audience
from bot.core.rhythm.rhythm import at_local
from bot.store.challenges import publications
from bot.store.schema.challenges import DraftRow
from bot.store.teams import teams

STAMP_LENGTH = 8  # hexadecimal digits


async def save_draft(
    session: AsyncSession,
    member_id: int,
    challenge_set: ChallengeSet,
    publication_number: int,
    at: datetime,
) -> DraftRow:
    """Saves a set as its trainer's draft, in the place of an earlier one; returns the draft."""
    # The row is keyed by the member, so the earlier draft is deleted before the insert.
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
    """Deletes the draft of this trainer, if there is one."""
    await session.execute(delete(DraftRow).where(DraftRow.member_id == member_id))


def set_in(draft: DraftRow) -> ChallengeSet:
    """Returns the set as the trainer sent it."""
    return ChallengeSet.model_validate_json(draft.content)


def stamp_of(challenge_set: ChallengeSet) -> str:
    """Returns what the buttons under a draft carry, so that they never publish another set."""
    return publications.digest(challenge_set)[:STAMP_LENGTH]


async def audience_of(
    session: AsyncSession, draft: DraftRow, at: datetime, zone: ZoneInfo
) -> Audience:
    """Returns for whom a draft is to be published, and from when.

    Args:
        session: the transaction.
        draft: the draft; without teams it is for everybody, without a day it starts at once.
        at: the present.
        zone: the time zone for a publication to everybody; a team has its own.

    Returns:
        By team (None: everybody) the start of the draft's day in the team's zone, not before `at`.
    """
    return await audience_for(session, draft.teams, draft.starts_on, at, zone)


async def audience_for(
    session: AsyncSession,
    team_ids: Collection[int],
    starts_on: date | None,
    at: datetime,
    zone: ZoneInfo,
) -> Audience:
    """Returns from when these teams get a publication; see `audience_of`."""
    selected = await teams.teams_by_id(session, frozenset(team_ids))
    zones: dict[int | None, ZoneInfo] = {team.id: ZoneInfo(team.zone) for team in selected}
    return {
        team_id: at if starts_on is None else max(at, at_local(starts_on, time(0), team_zone))
        for team_id, team_zone in (zones or {None: zone}).items()
    }

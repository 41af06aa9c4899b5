"""Digests: the week's message to a team's group chat, and the stories that stand in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db import leases
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import DigestRow, ShareRow, StoryRow, TeamRow

LEASE = timedelta(seconds=60)
FRESH = timedelta(days=14)
MAX_STORIES = 3
# A story is told whole or not at all: cut short it could mean something else.
LONGEST_STORY = 900


@dataclass(frozen=True, slots=True)
class Story:
    """What a member shared, opened; without their name if they wanted it so."""

    nudge_id: int
    words: str
    name: str | None
    named: bool


async def due_teams(session: AsyncSession, now: datetime, limit: int) -> list[TeamRow]:
    """Teams whose digest is due, longest waiting first; nobody else takes them meanwhile."""
    query = (
        select(TeamRow)
        .where(TeamRow.next_digest_at <= now)
        .order_by(TeamRow.next_digest_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return list((await session.scalars(query)).all())


async def digest_of_week(
    session: AsyncSession, team_id: int, monday: date, channel: str
) -> DigestRow | None:
    """The digest of that week on this channel, if there was one."""
    query = select(DigestRow).where(
        DigestRow.team_id == team_id, DigestRow.monday == monday, DigestRow.channel == channel
    )
    return await session.scalar(query)


async def pending_to_send(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int
) -> list[DigestRow]:
    """Digests that are to go out by now on one of `channels`, and that nobody is sending."""
    query = (
        select(DigestRow)
        .where(
            DigestRow.send_at <= now,
            leases.is_free(DigestRow.leased_until, now),
            DigestRow.channel.in_(channels),
        )
        .order_by(DigestRow.send_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list((await session.scalars(query)).all())


async def new_stories(
    session: AsyncSession, vault: Vault, team_id: int, at: datetime
) -> list[Story]:
    """What was shared with a team and not told yet, the oldest first, three at most."""
    told = select(StoryRow.nudge_id).join(DigestRow, DigestRow.id == StoryRow.digest_id)
    query = (
        select(ShareRow.nudge_id)
        .where(
            ShareRow.team_id == team_id,
            ShareRow.shared_at > at - FRESH,
            ShareRow.nudge_id.not_in(told.where(DigestRow.team_id == team_id)),
        )
        .order_by(ShareRow.shared_at)
    )
    found: list[Story] = []
    for nudge_id in (await session.scalars(query)).all():
        story = await _open_story(session, vault, nudge_id)
        if story is not None:
            found.append(story)
        if len(found) == MAX_STORIES:
            break
    return found


async def stories_in(session: AsyncSession, vault: Vault, digest_id: int) -> list[Story]:
    """The stories in a digest that are still shared with its team, as they read now."""
    query = (
        select(StoryRow.nudge_id)
        .join(DigestRow, DigestRow.id == StoryRow.digest_id)
        .join(ShareRow, ShareRow.nudge_id == StoryRow.nudge_id)
        .where(StoryRow.digest_id == digest_id, ShareRow.team_id == DigestRow.team_id)
        .order_by(StoryRow.position)
    )
    opened = [
        await _open_story(session, vault, number) for number in (await session.scalars(query)).all()
    ]
    return [story for story in opened if story is not None]


async def mark_for_correction(
    session: AsyncSession, nudge_ids: Collection[int], at: datetime
) -> None:
    """Digests that tell what was written about one of these nudges are to be told anew."""
    told = select(StoryRow.digest_id).where(StoryRow.nudge_id.in_(nudge_ids))
    await session.execute(
        update(DigestRow)
        .where(DigestRow.id.in_(told), DigestRow.receipt.is_not(None))
        .values(send_at=at, leased_until=None, attempts=0)
        .execution_options(synchronize_session=False)
    )


async def mark_all_for_correction(session: AsyncSession, member_id: int, at: datetime) -> None:
    """The same, for everything that a member ever wrote."""
    theirs = select(NudgeRow.id).where(NudgeRow.member_id == member_id)
    numbers = await session.scalars(select(StoryRow.nudge_id).where(StoryRow.nudge_id.in_(theirs)))
    await mark_for_correction(session, numbers.all(), at)


async def _open_story(session: AsyncSession, vault: Vault, nudge_id: int) -> Story | None:
    """What was shared about a nudge; None when nothing is left of it, or it is too long.

    What was written after it was shared is not: nobody asked yet who may read that.
    """
    query = (
        select(ShareRow, MemberRow)
        .join(NudgeRow, NudgeRow.id == ShareRow.nudge_id)
        .join(MemberRow, MemberRow.id == NudgeRow.member_id)
        .where(ShareRow.nudge_id == nudge_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    share, member = found
    parts = await Diary(session, vault, member.id).about(nudge_id)
    words = "\n".join(part.words for part in parts if part.written_at <= share.shared_at)
    if not 0 < len(words) <= LONGEST_STORY:
        return None
    return Story(nudge_id, words, member.name if share.named else None, share.named)

"""Digests: the week's message to a team's group chat, and the stories that stand in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db.locks import leases
from bot.store.db.notifications.due_moments import note_due
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import DigestRow, ShareRow, StoryRow, TeamRow

FRESH_FOR = timedelta(days=14)
MAX_STORIES = 3
# A story without a name comes with one of somebody else, or not: alone it would be easy to guess.
NAMELESS_TOGETHER = 2
# A longer story is left out: cut short it could mean something else.
LONGEST_STORY = 900


@dataclass(frozen=True, slots=True)
class Story:
    """A reflection that a member shared with a team, decrypted.

    Attributes:
        nudge_id: the nudge that it is about.
        member_id: whose it is.
        words: the text.
        name: the member's name; None when they share without it, or have none.
        named: whether they share with their name.
    """

    nudge_id: int
    member_id: int
    words: str
    name: str | None
    named: bool


async def due_teams(session: AsyncSession, now: datetime, limit: int) -> list[TeamRow]:
    """Returns teams whose digest is due, longest due first, locked for update on PostgreSQL.

    Teams that another replica has locked are skipped. The lock leaves the key free (`FOR NO KEY
    UPDATE`), so that other transactions can still insert rows that refer to the team.
    """
    query = (
        select(TeamRow)
        .where(TeamRow.next_digest_at <= now)
        .order_by(TeamRow.next_digest_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return list((await session.scalars(query)).all())


async def next_due_at(session: AsyncSession, channels: Collection[str]) -> datetime | None:
    """Returns when a digest is to be written, or sent on one of `channels`; None: none is planned.

    One that a sender has a lease on counts from the end of that.
    """
    to_write = await session.scalar(select(func.min(TeamRow.next_digest_at)))
    to_send = await session.scalar(
        select(leases.earliest_due(DigestRow.send_at, DigestRow.leased_until)).where(
            DigestRow.send_at.is_not(None), DigestRow.channel.in_(channels)
        )
    )
    return min((moment for moment in (to_write, to_send) if moment is not None), default=None)


async def digest_of_week(
    session: AsyncSession, team_id: int, monday: date, channel: str
) -> DigestRow | None:
    """Returns the team's digest of the week from `monday` on this channel, or None."""
    query = select(DigestRow).where(
        DigestRow.team_id == team_id, DigestRow.monday == monday, DigestRow.channel == channel
    )
    return await session.scalar(query)


async def pending_to_send(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int
) -> list[DigestRow]:
    """Returns digests due by `now` on one of `channels` without a lease, longest due first.

    They are locked for update on PostgreSQL, so that no two replicas lease the same one; those that
    another transaction has locked are skipped.
    """
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
    """Returns at most three stories that were in none of the team's digests.

    Those with a name first, and the oldest share first among them. Those without come in the order
    of their words, so that the order says nothing; the stories of one member alone are kept for
    a next digest. Stories that were shared more than two weeks before `at` are left out.
    """
    published = select(StoryRow.nudge_id).join(DigestRow, DigestRow.id == StoryRow.digest_id)
    query = (
        select(ShareRow.nudge_id)
        .where(
            ShareRow.team_id == team_id,
            ShareRow.shared_at > at - FRESH_FOR,
            ShareRow.nudge_id.not_in(published.where(DigestRow.team_id == team_id)),
        )
        .order_by(ShareRow.shared_at)
    )
    nudge_ids = (await session.scalars(query)).all()
    opened = [await _open_story(session, vault, nudge_id) for nudge_id in nudge_ids]
    return _selected([story for story in opened if story is not None])


def _selected(stories: Sequence[Story]) -> list[Story]:
    """Returns the stories for one digest, of all that may be in it, oldest share first."""
    selected = list(stories[:MAX_STORIES])
    writers = {story.member_id for story in selected if not story.named}
    if len(writers) < NAMELESS_TOGETHER:
        selected = [story for story in stories if story.named][:MAX_STORIES]
    named = [story for story in selected if story.named]
    return named + sorted((s for s in selected if not s.named), key=lambda story: story.words)


async def stories_in(session: AsyncSession, vault: Vault, digest: DigestRow) -> list[Story]:
    """Returns the digest's stories that stand in it now, with their present text.

    Those with a name do as long as they are shared with it. Those without stand in the first text
    only, and only if all of them still may: whatever makes a text anew, none of them is in it. So
    when one leaves the group says nothing about whose it is.
    """
    query = (
        select(StoryRow.nudge_id)
        .join(ShareRow, ShareRow.nudge_id == StoryRow.nudge_id)
        .where(
            StoryRow.digest_id == digest.id,
            ShareRow.team_id == digest.team_id,
            ShareRow.named == StoryRow.named,
        )
        .order_by(StoryRow.position)
    )
    nudge_ids = (await session.scalars(query)).all()
    opened = [await _open_story(session, vault, nudge_id) for nudge_id in nudge_ids]
    stories = [story for story in opened if story is not None]
    is_whole = sum(not story.named for story in stories) == digest.nameless
    if digest.receipt is None and is_whole:
        return stories
    return [story for story in stories if story.named]


async def stories_told(
    session: AsyncSession, vault: Vault, team_id: int, weeks: int
) -> list[tuple[date, list[Story]]]:
    """Returns the stories with a name in the team's digests that were sent, the newest week first.

    Each digest has those that stand in it now, as its group reads them; see `stories_in`.

    Args:
        session: a transaction.
        vault: opens them.
        team_id: the team.
        weeks: at most so many weeks that have a digest.
    """
    sent = (DigestRow.team_id == team_id, DigestRow.receipt.is_not(None))
    mondays = select(DigestRow.monday).where(*sent).distinct()
    newest = mondays.order_by(DigestRow.monday.desc()).limit(weeks)
    query = select(DigestRow).where(*sent, DigestRow.monday.in_(newest))
    rows = (await session.scalars(query.order_by(DigestRow.monday.desc(), DigestRow.id))).all()
    told: dict[date, dict[int, Story]] = {}
    for row in rows:
        stories = await stories_in(session, vault, row)
        told.setdefault(row.monday, {}).update({story.nudge_id: story for story in stories})
    return [(monday, list(stories.values())) for monday, stories in told.items() if stories]


async def newest_sent(session: AsyncSession, team_id: int) -> DigestRow | None:
    """Returns the team's newest digest that its group has; None: there is none."""
    query = (
        select(DigestRow)
        .where(DigestRow.team_id == team_id, DigestRow.receipt.is_not(None))
        .order_by(DigestRow.monday.desc(), DigestRow.id)
    )
    return await session.scalar(query.limit(1))


async def is_told_without_name(session: AsyncSession, nudge_id: int) -> bool:
    """Returns whether a group may still read a story about this nudge without a name."""
    query = _told_without_name().where(StoryRow.nudge_id == nudge_id)
    return await session.scalar(query.limit(1)) is not None


async def any_told_without_name(session: AsyncSession, member_ids: Collection[int]) -> bool:
    """Returns whether a group may still read a story of one of these members without a name."""
    query = _told_without_name().join(NudgeRow, NudgeRow.id == StoryRow.nudge_id)
    query = query.where(NudgeRow.member_id.in_(member_ids))
    return await session.scalar(query.limit(1)) is not None


def _told_without_name() -> Select[int]:
    return (
        select(StoryRow.nudge_id)
        .join(DigestRow, DigestRow.id == StoryRow.digest_id)
        .where(
            ~StoryRow.named,
            DigestRow.receipt.is_not(None),
            DigestRow.nameless_until.is_not(None),
        )
    )


async def mark_for_correction(
    session: AsyncSession, nudge_ids: Collection[int], at: datetime
) -> None:
    """Makes digests with a story about one of these nudges, with a name, due at `at`, to be edited.

    One without a name leaves with the team's next digest, as all of those do, whatever happens.

    Ending their leases tells a sender that is busy with the old text to send the new one after it.
    Digests without a receipt are left alone: their text is checked again once they are sent.
    """
    affected = select(StoryRow.digest_id).where(StoryRow.nudge_id.in_(nudge_ids), StoryRow.named)
    await session.execute(
        update(DigestRow)
        .where(DigestRow.id.in_(affected), DigestRow.receipt.is_not(None))
        .values(attempts=0, **leases.released_values(at))
        .execution_options(synchronize_session=False)
    )
    await note_due(session, at)


async def mark_all_for_correction(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Makes every digest with a story of this member and their name due at `at`, to be edited.

    Call it before their nudges are deleted, which takes the stories with them.
    """
    nudges_of_member = select(NudgeRow.id).where(NudgeRow.member_id == member_id)
    query = select(StoryRow.nudge_id).where(StoryRow.nudge_id.in_(nudges_of_member))
    nudge_ids = (await session.scalars(query)).all()
    await mark_for_correction(session, nudge_ids, at)


async def _open_story(session: AsyncSession, vault: Vault, nudge_id: int) -> Story | None:
    """Returns the story about a nudge; None when nothing of it is shared, or it is too long.

    Parts that were written after the member shared it are left out: they did not agree to those. A
    story of which a part cannot be opened any more is left out as a whole.
    """
    query = (
        select(ShareRow, MemberRow)
        .join(NudgeRow, NudgeRow.id == ShareRow.nudge_id)
        .join(MemberRow, MemberRow.id == NudgeRow.member_id)
        .where(ShareRow.nudge_id == nudge_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    share, member = row
    parts = await Diary(session, vault, member.id).about(nudge_id)
    shared = [part.words for part in parts if part.written_at <= share.shared_at]
    words = "\n".join(part for part in shared if part is not None)
    if None in shared or not 0 < len(words) <= LONGEST_STORY:
        return None
    return Story(nudge_id, member.id, words, member.name if share.named else None, share.named)

"""Drafts that trainers edit together on the pages: one per set, until it is published."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.challenges import publications
from bot.store.db.engine import upsert
from bot.store.schema.challenges import ChallengeRow, SetDraftRow, SetVersionRow

Content = dict[str, Any]
"""What a file of a set holds: its fields, and its challenges as a list; it need not be valid."""
NOT_SAVED = 0  # the revision of what is not a draft yet


@dataclass(frozen=True, slots=True)
class SetDraft:
    """The content of a set as it can be edited.

    Attributes:
        content: the set; it may have faults.
        revision: how often the draft was saved; `NOT_SAVED`: it is the version that was published
            last, and there is no draft.
    """

    content: Content
    revision: int = NOT_SAVED

    @property
    def challenges(self) -> list[Content]:
        """Its challenges."""
        challenges: list[Content] = self.content["challenges"]
        return challenges


def new_content(name: str) -> Content:
    """Returns a set without anything in it but its name."""
    return {"set": name, "title": {}, "source": "", "challenges": []}


async def find_draft(session: AsyncSession, name: str) -> SetDraft | None:
    """Returns the draft of a set, otherwise its newest version; None: there is no such set."""
    row = await session.get(SetDraftRow, name, populate_existing=True)
    if row is not None:
        return SetDraft(json.loads(row.content), row.revision)
    versions = await publications.versions_of(session, name)
    return SetDraft(await content_of(session, versions[0])) if versions else None


async def draft_names(session: AsyncSession) -> list[str]:
    """Returns the names of the sets that have a draft."""
    query = select(SetDraftRow.name).order_by(SetDraftRow.name)
    return list((await session.scalars(query)).all())


async def save(
    session: AsyncSession, name: str, content: Content, revision: int, at: datetime
) -> bool:
    """Saves a draft in the place of one revision; returns False when that is not the newest one.

    Args:
        session: the transaction.
        name: the name of the set.
        content: what is saved.
        revision: what it was made of; `NOT_SAVED`: there was no draft.
        at: the present.
    """
    # As ASCII, so that it holds no character that a database refuses.
    values = {"content": json.dumps(content), "revision": revision + 1, "saved_at": at}
    if revision == NOT_SAVED:
        insert = upsert(session.get_bind().dialect.name, SetDraftRow).on_conflict_do_nothing()
        saved = await session.scalars(
            insert.values(name=name, **values).returning(SetDraftRow.name)
        )
    else:
        is_newest = (SetDraftRow.name == name, SetDraftRow.revision == revision)
        change = update(SetDraftRow).where(*is_newest).values(**values)
        saved = await session.scalars(change.returning(SetDraftRow.name))
    return bool(saved.all())


async def discard(session: AsyncSession, name: str, revision: int) -> bool:
    """Deletes a draft; returns False when this is not its newest revision."""
    is_newest = (SetDraftRow.name == name, SetDraftRow.revision == revision)
    deleted = await session.scalars(
        delete(SetDraftRow).where(*is_newest).returning(SetDraftRow.name)
    )
    return bool(deleted.all())


async def content_of(session: AsyncSession, version: SetVersionRow) -> Content:
    """Returns a version as a file of it would hold it."""
    rows = await publications.challenges_in(session, version.id)
    return {
        "set": version.name,
        "title": dict(version.title),
        "source": version.source,
        "challenges": [content_of_challenge(row) for row in rows],
    }


def content_of_challenge(row: ChallengeRow) -> Content:
    """Returns a challenge as a file of its set would hold it."""
    return {
        "id": row.slug,
        "minutes": row.minutes,
        "daring": row.daring,
        "span": row.span,
        "fits": list(row.fits),
        "at": row.at,
        **{language: dict(text) for language, text in row.texts.items()},
    }

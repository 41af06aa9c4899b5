"""What another version of a set changes for those who get it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenge import ChallengeSet
from bot.core.publishing import Audience, Changes, changes
from bot.store.challenges import publications
from bot.store.schema.challenges import ChallengeRow, SetVersionRow


@dataclass(frozen=True, slots=True)
class Comparison:
    """A set beside what they have now.

    Attributes:
        version: what they have now, or are about to have; None: nothing of this name.
        publication_number: that of the set's last publication, to see later whether another
            one followed.
        changes: what is different.
        live: whether nothing is, and they need not wait longer than asked.
    """

    version: SetVersionRow | None
    publication_number: int
    changes: Changes
    live: bool


async def compare_with_live(
    session: AsyncSession, challenge_set: ChallengeSet, audience: Audience
) -> Comparison:
    """What publishing this set for these would change."""
    version = await publications.latest_version_for(session, challenge_set.set, audience)
    same = version is not None and version.digest == publications.digest(challenge_set)
    return Comparison(
        version,
        await publications.last_publication_number(session, challenge_set.set),
        await changes_since(session, version, challenge_set),
        same and version is not None and await publications.is_live(session, version, audience),
    )


async def changes_since(
    session: AsyncSession, version: SetVersionRow | None, challenge_set: ChallengeSet
) -> Changes:
    """How a set differs from a version; without one everything in it is new."""
    rows = [] if version is None else await publications.challenges_in(session, version.id)
    return changes({row.slug: _texts_in_version(row) for row in rows}, _texts_in_set(challenge_set))


async def changes_between(
    session: AsyncSession, before: SetVersionRow, after: SetVersionRow
) -> Changes:
    """How a version differs from another."""
    old, new = [await publications.challenges_in(session, one.id) for one in (before, after)]
    return changes(
        {row.slug: _texts_in_version(row) for row in old},
        {row.slug: _texts_in_version(row) for row in new},
    )


def _texts_in_version(row: ChallengeRow) -> object:
    return row.minutes, row.daring, row.texts


def _texts_in_set(challenge_set: ChallengeSet) -> dict[str, object]:
    return {
        one.id: (one.minutes, one.daring, publications.texts_of(one))
        for one in challenge_set.challenges
    }

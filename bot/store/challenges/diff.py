"""How a set that is about to be published differs from the version that is live."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import Audience, Changes, changes
from bot.store.challenges import publications
from bot.store.schema.challenges import ChallengeRow, SetVersionRow


@dataclass(frozen=True, slots=True)
class Comparison:
    """A set compared with the version that its audience has.

    Attributes:
        version: the version that the audience has, or is about to have; None: no version.
        publication_number: the number of the set's last publication, which shows later whether
            another one followed.
        changes: the differences.
        live: whether this very set is live for the whole audience by the time that was asked.
    """

    version: SetVersionRow | None
    publication_number: int
    changes: Changes
    live: bool


async def compare_with_live(
    session: AsyncSession, challenge_set: ChallengeSet, audience: Audience
) -> Comparison:
    """Returns what publishing this set for this audience would change."""
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
    """Returns how a set differs from a version; without a version every challenge is new."""
    rows = [] if version is None else await publications.challenges_in(session, version.id)
    return changes(
        {row.slug: _content_of_row(row) for row in rows}, _contents_of_set(challenge_set)
    )


async def changes_between(
    session: AsyncSession, before: SetVersionRow, after: SetVersionRow
) -> Changes:
    """Returns how the version `after` differs from the version `before`."""
    old = await publications.challenges_in(session, before.id)
    new = await publications.challenges_in(session, after.id)
    return changes(
        {row.slug: _content_of_row(row) for row in old},
        {row.slug: _content_of_row(row) for row in new},
    )


def _content_of_row(row: ChallengeRow) -> object:
    return row.minutes, row.daring, row.span, row.fits, row.at, row.texts


def _contents_of_set(challenge_set: ChallengeSet) -> dict[str, object]:
    return {
        challenge.id: (
            *(challenge.minutes, challenge.daring),
            *(challenge.span, list(challenge.fits), challenge.at),
            publications.texts_of(challenge),
        )
        for challenge in challenge_set.challenges
    }

"""Publications of challenge sets: the versions of each set, and which are live for whom."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.challenge import Challenge, ChallengeSet
from bot.core.challenges.publishing import (
    Audience,
    BundledSetAction,
    Publication,
    Rollback,
    bundled_set_action,
    latest_publications,
    rollback_of,
)
from bot.core.challenges.selection import traits_of
from bot.store.db.locks.advisory import advisory_lock
from bot.store.schema.challenges import ChallengeRow, PublicationRow, SetVersionRow

WITHDRAWN = b"withdrawn"  # in place of the content of a set that has no challenges any more


def digest(challenge_set: ChallengeSet) -> str:
    """Returns the SHA-256 of the set's canonical JSON: equal for files of equal content."""
    return sha256(challenge_set.model_dump_json().encode()).hexdigest()


async def publish(
    session: AsyncSession,
    challenge_set: ChallengeSet,
    at: datetime,
    audience: Audience | None = None,
    *,
    bundled: bool = False,
) -> SetVersionRow | None:
    """Publishes a set, as a new version unless an earlier version has the same content.

    Takes the advisory lock, so that one transaction publishes at a time (PostgreSQL).

    Args:
        session: the transaction.
        challenge_set: the set.
        at: the present.
        audience: for whom and from when; None: for everybody, now.
        bundled: whether the set came with the program.

    Returns:
        The version; None when it is already live for the whole audience, or about to be.
    """
    # Before anything is read: two transactions would otherwise give out the same version number,
    # publication number and challenge numbers.
    await advisory_lock(await session.connection())
    audience = audience or {None: at}
    same = select(SetVersionRow).where(
        SetVersionRow.name == challenge_set.set, SetVersionRow.digest == digest(challenge_set)
    )
    version = await session.scalar(same)
    if version is None:
        version = await _new_version(session, challenge_set, at)
    elif await is_live(session, version, audience):
        return None
    await _make_live(session, version, audience, at, bundled=bundled)
    return version


async def publish_bundled(
    session: AsyncSession, challenge_set: ChallengeSet, at: datetime
) -> BundledSetAction:
    """Publishes a bundled set, unless it is unchanged or a trainer decided about it.

    Returns:
        What was done, see `bundled_set_action`.
    """
    query = (
        select(PublicationRow.bundled, SetVersionRow.digest)
        .join(SetVersionRow, SetVersionRow.id == PublicationRow.version_id)
        .where(PublicationRow.set_name == challenge_set.set)
        .order_by(PublicationRow.id)
    )
    rows = (await session.execute(query)).all()
    last = next((row.digest for row in reversed(rows) if row.bundled), None)
    touched = any(not row.bundled for row in rows)
    action = bundled_set_action(digest(challenge_set), last, touched=touched)
    if action is BundledSetAction.PUBLISH:
        await publish(session, challenge_set, at, bundled=True)
    return action


async def is_live(session: AsyncSession, version: SetVersionRow, audience: Audience) -> bool:
    """Returns whether the last publication for all of the audience is this version.

    False too when that publication starts later than the earliest start in `audience`.
    """
    published = await publications_of(session, version.name)
    if None in audience and all(publication.team is not None for publication in published):
        return False  # it was published for teams only
    latest = latest_publications(published, list(audience))
    start = min(audience.values())
    return bool(latest) and all(
        publication.version == version.number and publication.starts_at <= start
        for publication in latest
    )


async def roll_back(session: AsyncSession, name: str, at: datetime) -> Rollback | None:
    """Takes back the last publication of a set: its teams get the version that they had before.

    Takes the advisory lock, as `publish` does.

    Returns:
        What was rolled back; None when there was no version before it.
    """
    await advisory_lock(await session.connection())
    rollback = rollback_of(await publications_of(session, name))
    if rollback is not None:
        publication_number = await last_publication_number(session, name) + 1
        for number in rollback.previous:
            version = await version_of(session, name, number)
            audience = {team: at for team, back_to in rollback.back_to.items() if back_to == number}
            await _make_live(
                session, version, audience, at, bundled=False, publication_number=publication_number
            )
    return rollback


async def withdraw(session: AsyncSession, name: str, at: datetime) -> SetVersionRow | None:
    """Takes a set away from everybody who has it: a version without challenges is published.

    A rollback brings back what was live before. Takes the advisory lock, as `publish` does.

    Returns:
        That version; None when there is no such set, or it is withdrawn already.
    """
    await advisory_lock(await session.connection())
    versions = await versions_of(session, name)
    published = await publications_of(session, name)
    if not versions:
        return None
    empty = next((version for version in versions if not version.challenge_bits), None)
    teams = {publication.team for publication in published}
    audience: Audience = dict.fromkeys([None] if None in teams else teams, at)
    if empty is None:
        newest = max(versions, key=lambda version: version.number)
        empty = SetVersionRow(
            name=name,
            number=newest.number + 1,
            digest=sha256(WITHDRAWN).hexdigest(),
            title=newest.title,
            source=newest.source,
            published_at=at,
            challenge_bits={},
        )
        session.add(empty)
        await session.flush()
    elif await is_live(session, empty, audience):
        return None
    await _make_live(session, empty, audience, at, bundled=False)
    return empty


async def _make_live(
    session: AsyncSession,
    version: SetVersionRow,
    audience: Audience,
    at: datetime,
    *,
    bundled: bool,
    publication_number: int | None = None,
) -> None:
    """Adds the rows of a publication: the set's next one, or more of `publication_number`."""
    publication_number = (
        publication_number or await last_publication_number(session, version.name) + 1
    )
    session.add_all(
        PublicationRow(
            set_name=version.name,
            publication_number=publication_number,
            version_id=version.id,
            team_id=team,
            starts_at=starts_at,
            published_at=at,
            bundled=bundled,
        )
        for team, starts_at in audience.items()
    )
    await session.flush()


async def _new_version(
    session: AsyncSession, challenge_set: ChallengeSet, at: datetime
) -> SetVersionRow:
    """Adds the next version of a set with its challenges; the caller holds the advisory lock."""
    numbers = await _numbers(session, challenge_set)
    bits: dict[str, int] = defaultdict(int)
    for challenge in challenge_set.challenges:
        for trait in traits_of(challenge):
            bits[trait] |= 1 << numbers[challenge.id]
    highest = select(func.max(SetVersionRow.number)).where(SetVersionRow.name == challenge_set.set)
    version = SetVersionRow(
        name=challenge_set.set,
        number=(await session.scalar(highest) or 0) + 1,
        digest=digest(challenge_set),
        title=challenge_set.title.model_dump(),
        source=challenge_set.source,
        published_at=at,
        challenge_bits={trait: f"{bit_set:x}" for trait, bit_set in bits.items()},
    )
    session.add(version)
    await session.flush()  # gives the version the id that its challenges refer to
    rows = [
        {
            "version_id": version.id,
            "set_name": challenge_set.set,
            "slug": challenge.id,
            "number": numbers[challenge.id],
            "minutes": challenge.minutes,
            "daring": challenge.daring,
            "span": challenge.span,
            "fits": list(challenge.fits),
            "at": challenge.at,
            "texts": texts_of(challenge),
        }
        for challenge in challenge_set.challenges
    ]
    await (await session.connection()).execute(insert(ChallengeRow), rows)
    return version


def texts_of(challenge: Challenge) -> dict[str, dict[str, str]]:
    """Returns the texts of a challenge as JSON objects, without those it lacks, by language tag."""
    return {
        language: text.model_dump(exclude_none=True) for language, text in challenge.texts.items()
    }


async def _numbers(session: AsyncSession, challenge_set: ChallengeSet) -> dict[str, int]:
    """Returns the number of each challenge by id: that of an earlier version, or a new one.

    Numbers are unique over all sets, for they are the places in a history's bit sets.
    """
    query = (
        select(ChallengeRow.slug, func.min(ChallengeRow.number))
        .where(ChallengeRow.set_name == challenge_set.set)
        .group_by(ChallengeRow.slug)
    )
    numbers = {row[0]: row[1] for row in (await session.execute(query)).all()}
    highest = await session.scalar(select(func.max(ChallengeRow.number)))
    next_number = 0 if highest is None else highest + 1
    for challenge in challenge_set.challenges:
        if challenge.id not in numbers:
            numbers[challenge.id] = next_number
            next_number += 1
    return numbers


async def publications_of(session: AsyncSession, name: str) -> list[Publication]:
    """Returns all publications of a set, oldest first, one for each team."""
    query = (
        select(PublicationRow, SetVersionRow.number)
        .join(SetVersionRow, SetVersionRow.id == PublicationRow.version_id)
        .where(PublicationRow.set_name == name)
        .order_by(PublicationRow.publication_number, PublicationRow.id)
    )
    return [
        Publication(row.publication_number, row.set_name, number, row.team_id, row.starts_at)
        for row, number in (await session.execute(query)).all()
    ]


async def last_publication_number(
    session: AsyncSession, name: str, *, for_update: bool = False
) -> int:
    """Returns the number of a set's last publication; 0: there was none.

    With `for_update` it takes the advisory lock first, so that the number stays the last one until
    this transaction ends.
    """
    if for_update:
        await advisory_lock(await session.connection())
    query = select(func.max(PublicationRow.publication_number)).where(
        PublicationRow.set_name == name
    )
    return await session.scalar(query) or 0


async def latest_version_for(
    session: AsyncSession, name: str, audience: Audience
) -> SetVersionRow | None:
    """Returns the version that was published last for an audience, started or not; None: none."""
    latest = latest_publications(await publications_of(session, name), list(audience))
    return await version_of(session, name, latest[0].version) if latest else None


async def version_of(session: AsyncSession, name: str, number: int) -> SetVersionRow:
    """Returns a version of a set.

    Raises:
        NoResultFound: the set has no such version.
    """
    query = select(SetVersionRow).where(SetVersionRow.name == name, SetVersionRow.number == number)
    return (await session.scalars(query)).one()


async def versions_of(session: AsyncSession, name: str) -> list[SetVersionRow]:
    """Returns all versions of a set, newest first."""
    query = select(SetVersionRow).where(SetVersionRow.name == name)
    return list((await session.scalars(query.order_by(SetVersionRow.number.desc()))).all())


async def newest_versions(session: AsyncSession) -> list[SetVersionRow]:
    """Returns the newest version of each set, live or not, ordered by name."""
    newest = (
        select(SetVersionRow.name, func.max(SetVersionRow.number).label("number"))
        .group_by(SetVersionRow.name)
        .subquery()
    )
    query = (
        select(SetVersionRow)
        .join(
            newest,
            (SetVersionRow.name == newest.c.name) & (SetVersionRow.number == newest.c.number),
        )
        .order_by(SetVersionRow.name)
    )
    return list((await session.scalars(query)).all())


async def challenges_in(session: AsyncSession, version_id: int) -> Sequence[ChallengeRow]:
    """Returns the challenges of a version, in the order of its file."""
    query = select(ChallengeRow).where(ChallengeRow.version_id == version_id)
    return (await session.scalars(query.order_by(ChallengeRow.id))).all()


async def sizes(session: AsyncSession) -> dict[int, int]:
    """Returns the number of challenges of each version, by the version's row id."""
    query = select(ChallengeRow.version_id, func.count()).group_by(ChallengeRow.version_id)
    return {row[0]: row[1] for row in (await session.execute(query)).all()}

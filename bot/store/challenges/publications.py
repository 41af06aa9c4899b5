"""Challenge sets as they were published: their versions, and which are live for whom."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenge import Challenge, ChallengeSet
from bot.core.publishing import (
    Audience,
    BundledSetAction,
    Publication,
    Rollback,
    bundled_set_action,
    latest_publications,
    rollback_of,
)
from bot.core.selection import DARINGS
from bot.store.db.engine import advisory_lock
from bot.store.schema.challenges import ChallengeRow, PublicationRow, SetVersionRow


def digest(challenge_set: ChallengeSet) -> str:
    """The same for every file that says the same (SHA-256 of its canonical JSON)."""
    return sha256(challenge_set.model_dump_json().encode()).hexdigest()


async def publish(
    session: AsyncSession,
    challenge_set: ChallengeSet,
    at: datetime,
    audience: Audience | None = None,
    *,
    bundled: bool = False,
) -> SetVersionRow | None:
    """Makes the set live, as its next version unless one of before says the same.

    Args:
        session: the transaction; whoever publishes waits for whoever else does.
        challenge_set: what is in it.
        at: the present.
        audience: for whom and from when; without it for everybody, now.
        bundled: it came along with the program.

    Returns:
        The version; None when it is live already for all of them, or about to be.
    """
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
    """Publishes a set that came along with the program, where nobody else decides about it."""
    query = (
        select(PublicationRow.bundled, SetVersionRow.digest)
        .join(SetVersionRow, SetVersionRow.id == PublicationRow.version_id)
        .where(PublicationRow.set_name == challenge_set.set)
        .order_by(PublicationRow.id)
    )
    rows = (await session.execute(query)).all()
    last = next((row.digest for row in reversed(rows) if row.bundled), None)
    touched = any(not row.bundled for row in rows)
    what = bundled_set_action(digest(challenge_set), last, touched=touched)
    if what is BundledSetAction.PUBLISH:
        await publish(session, challenge_set, at, bundled=True)
    return what


async def is_live(session: AsyncSession, version: SetVersionRow, audience: Audience) -> bool:
    """Whether this is the last word for all of them, and no later than asked."""
    published = await publications_of(session, version.name)
    if None in audience and all(one.team is not None for one in published):
        return False  # teams have it, and everybody else has nothing
    words = latest_publications(published, list(audience))
    starts = min(audience.values())
    return bool(words) and all(
        word.version == version.number and word.starts_at <= starts for word in words
    )


async def roll_back(session: AsyncSession, name: str, at: datetime) -> Rollback | None:
    """Makes live again what was before the last version, for whom that one was; None: none was."""
    await advisory_lock(await session.connection())
    way = rollback_of(await publications_of(session, name))
    if way is not None:
        publication_number = await last_publication_number(session, name) + 1
        for number in way.previous:
            version = await version_of(session, name, number)
            whom = {team: at for team, back_to in way.back_to.items() if back_to == number}
            await _make_live(
                session, version, whom, at, bundled=False, publication_number=publication_number
            )
    return way


async def _make_live(
    session: AsyncSession,
    version: SetVersionRow,
    audience: Audience,
    at: datetime,
    *,
    bundled: bool,
    publication_number: int | None = None,
) -> None:
    """Publishes a version: as the next act, unless it belongs to one already."""
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
    numbers = await _numbers(session, challenge_set)
    bits = dict.fromkeys(DARINGS, 0)
    for challenge in challenge_set.challenges:
        bits[challenge.daring] |= 1 << numbers[challenge.id]
    highest = select(func.max(SetVersionRow.number)).where(SetVersionRow.name == challenge_set.set)
    version = SetVersionRow(
        name=challenge_set.set,
        number=(await session.scalar(highest) or 0) + 1,
        digest=digest(challenge_set),
        title=challenge_set.title.model_dump(),
        source=challenge_set.source,
        published_at=at,
        challenge_bits=[f"{bits[daring]:x}" for daring in DARINGS],
    )
    session.add(version)
    await session.flush()
    rows = [
        {
            "version_id": version.id,
            "set_name": challenge_set.set,
            "slug": challenge.id,
            "number": numbers[challenge.id],
            "minutes": challenge.minutes,
            "daring": challenge.daring,
            "texts": texts_of(challenge),
        }
        for challenge in challenge_set.challenges
    ]
    await (await session.connection()).execute(insert(ChallengeRow), rows)
    return version


def texts_of(challenge: Challenge) -> dict[str, dict[str, str]]:
    """What it says, by language."""
    return {language: text.model_dump() for language, text in challenge.texts.items()}


async def _numbers(session: AsyncSession, challenge_set: ChallengeSet) -> dict[str, int]:
    """The number of each challenge: the one it had in an earlier version, or a new one."""
    query = (
        select(ChallengeRow.slug, func.min(ChallengeRow.number))
        .where(ChallengeRow.set_name == challenge_set.set)
        .group_by(ChallengeRow.slug)
    )
    numbers = {row[0]: row[1] for row in (await session.execute(query)).all()}
    highest = await session.scalar(select(func.max(ChallengeRow.number)))
    fresh = 0 if highest is None else highest + 1
    for challenge in challenge_set.challenges:
        if challenge.id not in numbers:
            numbers[challenge.id] = fresh
            fresh += 1
    return numbers


async def publications_of(session: AsyncSession, name: str) -> list[Publication]:
    """How a set was published, oldest first."""
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
    """The number of a set's last publication; 0: there was none.

    With `for_update`, nobody else publishes until this transaction is over.
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
    """The version that these have, or are about to have; the newest where they differ."""
    words = latest_publications(await publications_of(session, name), list(audience))
    return await version_of(session, name, words[0].version) if words else None


async def version_of(session: AsyncSession, name: str, number: int) -> SetVersionRow:
    """One version of a set, which is there."""
    query = select(SetVersionRow).where(SetVersionRow.name == name, SetVersionRow.number == number)
    return (await session.scalars(query)).one()


async def versions_of(session: AsyncSession, name: str) -> list[SetVersionRow]:
    """All versions of a set, the newest first."""
    query = select(SetVersionRow).where(SetVersionRow.name == name)
    return list((await session.scalars(query.order_by(SetVersionRow.number.desc()))).all())


async def newest_versions(session: AsyncSession) -> list[SetVersionRow]:
    """The newest version of each set, live or not, by name."""
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
    """The challenges of a version, in its own order."""
    query = select(ChallengeRow).where(ChallengeRow.version_id == version_id)
    return (await session.scalars(query.order_by(ChallengeRow.id))).all()


async def sizes(session: AsyncSession) -> dict[int, int]:
    """How many challenges each version has."""
    query = select(ChallengeRow.version_id, func.count()).group_by(ChallengeRow.version_id)
    return {row[0]: row[1] for row in (await session.execute(query)).all()}

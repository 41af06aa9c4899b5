"""Challenge sets as they were published, and which challenges are live."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenge import ChallengeSet
from bot.store.tables import ChallengeRow, SetVersionRow


def digest(challenge_set: ChallengeSet) -> str:
    """The same for every file that says the same (SHA-256 of its canonical JSON)."""
    return sha256(challenge_set.model_dump_json().encode()).hexdigest()


async def live_version(session: AsyncSession, name: str) -> SetVersionRow | None:
    """The last published version of this set."""
    query = (
        select(SetVersionRow)
        .where(SetVersionRow.name == name)
        .order_by(SetVersionRow.number.desc())
    )
    return await session.scalar(query.limit(1))


async def publish(
    session: AsyncSession, challenge_set: ChallengeSet, at: datetime
) -> SetVersionRow | None:
    """Publishes the set as its next version; None when the live one says the same already."""
    live = await live_version(session, challenge_set.set)
    if live is not None and live.digest == digest(challenge_set):
        return None
    version = SetVersionRow(
        name=challenge_set.set,
        number=1 if live is None else live.number + 1,
        digest=digest(challenge_set),
        title=challenge_set.title.model_dump(),
        source=challenge_set.source,
        published_at=at,
    )
    session.add(version)
    await session.flush()
    session.add_all(
        ChallengeRow(
            version_id=version.id,
            set_name=challenge_set.set,
            slug=challenge.id,
            minutes=challenge.minutes,
            daring=challenge.daring,
            texts={"nl": challenge.nl.model_dump(), "en": challenge.en.model_dump()},
        )
        for challenge in challenge_set.challenges
    )
    return version


async def live_versions(session: AsyncSession) -> list[SetVersionRow]:
    """The live version of each set, by name."""
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


async def live_challenges(session: AsyncSession) -> Sequence[ChallengeRow]:
    """All challenges that can be chosen now."""
    versions = [version.id for version in await live_versions(session)]
    query = select(ChallengeRow).where(ChallengeRow.version_id.in_(versions))
    return (await session.scalars(query.order_by(ChallengeRow.id))).all()


async def sizes(session: AsyncSession) -> dict[int, int]:
    """How many challenges each version has."""
    query = select(ChallengeRow.version_id, func.count()).group_by(ChallengeRow.version_id)
    return {row[0]: row[1] for row in (await session.execute(query)).all()}

"""Figures of challenges in the store: batches of people, each counted once, with noise."""

import asyncio
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import insert, select

from bot.core.challenges.statistics import ChallengeCounts
from bot.core.privacy.noise import noise
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, at_local
from bot.core.streaks.rounds import Answer
from bot.store.challenges.statistics import challenge_counts
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeFiguresRow, ChallengeRow
from bot.store.schema.nudges import NudgeRow
from tests.support.fakes import AMSTERDAM, MONDAY
from tests.support.population import enrol

PEOPLE = 15
EVERYONE = list(range(1, PEOPLE + 1))
TUESDAY = date(2026, 11, 24)
WEEK = timedelta(weeks=1)
SETTLED = datetime(2026, 12, 7, 9, tzinfo=MONDAY.tzinfo)


@pytest.fixture
async def house(database: Database, vault: Vault) -> Database:
    """A database with fifteen members and the sets."""
    await enrol(database, dict.fromkeys(EVERYONE, Rhythm(WORKWEEK, time(9), AMSTERDAM)), MONDAY)
    return database


async def sent(house: Database, who: list[int], day: date, did: int) -> None:
    """The first challenge reaches these members, and so many of them do it."""
    at = at_local(day, time(9), AMSTERDAM)
    async with house.transaction() as session:
        challenge = await session.scalar(select(ChallengeRow.id).order_by(ChallengeRow.id))
        rows = [
            {
                "member_id": member,
                "challenge_id": challenge,
                "round_at": at,
                "day": day,
                "per_week": 5,
                "sent_at": at,
                "answer": Answer.DONE if number < did else None,
                "answered_at": at if number < did else None,
            }
            for number, member in enumerate(who)
        ]
        await session.execute(insert(NudgeRow), rows)


async def look(house: Database, at: datetime = SETTLED) -> list[ChallengeCounts]:
    """What is counted then."""
    async with house.transaction() as session:
        return await challenge_counts(session, PEOPLE, at)


async def key_of_only_row(house: Database) -> str:
    """The noise key of the only challenge with figures."""
    async with house.reading() as session:
        return (await session.scalars(select(ChallengeFiguresRow.noise_key))).one()


async def test_who_look_at_once_count_a_batch_once(house: Database) -> None:
    await sent(house, EVERYONE, TUESDAY, 8)
    looks = await asyncio.gather(*(look(house) for _ in range(3)))
    [counts] = looks[0]
    assert looks == [[counts]] * 3 and (counts.batches, counts.sent) == (1, PEOPLE)


async def test_the_counts_have_the_noise_of_their_challenge_and_day(house: Database) -> None:
    await sent(house, EVERYONE, TUESDAY, 8)
    [counts] = await look(house)
    key = await key_of_only_row(house)
    until = "until 2026-11-30"
    assert counts.did == 8 + noise(key, f"did {until}")
    assert counts.swapped == noise(key, f"swapped {until}")
    assert counts.reflected == noise(key, f"reflected {until}")


async def test_a_next_batch_needs_as_many_people_again(house: Database) -> None:
    await sent(house, EVERYONE, TUESDAY, 8)
    first = await look(house)
    for week in (1, 2):  # the same few twice are not more people
        await sent(house, EVERYONE[:10], TUESDAY + week * WEEK, 10)
    assert await look(house, SETTLED + 3 * WEEK) == first
    await sent(house, EVERYONE[10:], TUESDAY + 3 * WEEK, 0)
    [counts] = await look(house, SETTLED + 3 * WEEK)
    assert (counts.batches, counts.sent) == (2, PEOPLE + 25)


async def test_a_week_is_settled_a_week_after_it_is_over(house: Database) -> None:
    await sent(house, EVERYONE, TUESDAY, 8)
    assert await look(house, SETTLED - timedelta(days=1)) == []
    assert len(await look(house)) == 1

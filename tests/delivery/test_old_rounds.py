"""Rounds of long ago become counts, and nobody sees a difference."""

import asyncio
import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import delete, func, insert, select, update

from bot.app import build
from bot.core.challenges.nerve import REMEMBERED
from bot.core.privacy.retention import DEFAULT_PERIODS, Periods, cutoffs_at
from bot.core.streaks.rounds import settled_until
from bot.delivery.maintenance.retention import RetentionJob
from bot.store.challenges import history
from bot.store.challenges.history import Recipient
from bot.store.db.engine import Database
from bot.store.lifecycle import old_rounds
from bot.store.lifecycle.export import export_of
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.nudges import nudges, round_counts
from bot.store.schema.challenges import ChallengeFiguresRow, ChallengeRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow, RoundCountsRow
from tests.delivery.linked_chats import LinkedChats
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock

DAYS, WEEK = 1_000, timedelta(weeks=1)
# What somebody did in a round: mostly something, so that there are long streaks and breaks.
ANSWERS = ("done", "done", "done", "done", "tried", "tried", "skipped", "unsuitable", None)
MOST_DONE = ("done",) * 30 + (None,)


async def lived_through(
    database: Database,
    member_id: int,
    today: date,
    answers: tuple[str | None, ...] = ANSWERS,
    of: int = 135,
) -> None:
    """Some years of rounds on workdays, with what came extra, as if the bot had sent them."""
    draw = random.Random(member_id)
    async with database.transaction() as session:
        challenges = (await session.scalars(select(ChallengeRow.id).limit(of))).all()
        rows = []
        for number in range(DAYS, 0, -1):
            day = today - timedelta(days=number)
            for extra in (False, True):
                answer, hours = draw.choice(answers), draw.choice((1,) * 40 + (40,))
                if day.weekday() > 4 or (extra and draw.random() < 0.9):
                    continue
                at = datetime.combine(day, time(14 if extra else 8, 30), UTC)
                values = {
                    "member_id": member_id,
                    "challenge_id": draw.choice(challenges),
                    "round_at": at,
                    "day": day,
                    "per_week": 5,
                    "extra": extra,
                    "sent_at": at,
                    "answer": answer,
                    "answered_at": at + timedelta(hours=hours) if answer else None,
                    "moments_cut": True,
                }
                rows.append(values)
        await session.execute(insert(NudgeRow), rows)
        await history.discard(session, {member_id})


async def number_of_nudges(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count(NudgeRow.id))) or 0


async def what_they_see(member: FakeMember) -> list[str]:
    """All that the bot says about their rounds."""
    texts = []
    for words in ("/reeks", "/reeks waarom"):
        await member.says(words)
        texts.append(member.last.text)
    return texts


async def recipient(database: Database, member_id: int, at: datetime) -> Recipient:
    """What the choice of the next challenge knows of them, built anew."""
    async with database.transaction() as session:
        await history.discard(session, {member_id})
        found = await history.recipients(session, [member_id], at, planned=True)
    return found[member_id]


async def test_nobody_sees_that_old_rounds_are_counts(
    member: FakeMember, clock: FixedClock, database: Database
) -> None:
    own = (await member.member()).id
    await lived_through(database, own, clock().date())
    before = await what_they_see(member), await recipient(database, own, clock())
    async with database.reading() as session:
        done = await nudges.count_counted(session, own)
    number, preview = await number_of_nudges(database), await member.application.retention.preview()
    counts = await member.application.retention.run()
    assert counts == preview
    assert counts["answers"] > 150
    assert await number_of_nudges(database) == number - counts["answers"]
    assert (await what_they_see(member), await recipient(database, own, clock())) == before
    async with database.reading() as session:
        assert await nudges.count_counted(session, own) == done
        oldest = await session.scalar(select(func.min(NudgeRow.day)))
        kept = await session.scalar(select(RoundCountsRow))
    assert oldest is not None and kept is not None
    assert kept.until < date(2024, 11, 1) <= oldest == date(2024, 11, 1)
    assert (await member.application.retention.run())["answers"] == 0


async def test_a_month_later_the_next_rounds_are_added(
    member: FakeMember, clock: FixedClock, database: Database
) -> None:
    own = (await member.member()).id
    await lived_through(database, own, clock().date())
    await member.application.retention.run()
    clock.passes(days=92)
    before = await what_they_see(member), await recipient(database, own, clock())
    assert (await member.application.retention.run())["answers"] > 50
    assert (await what_they_see(member), await recipient(database, own, clock())) == before


async def test_two_that_run_at_once_count_nothing_twice(
    member: FakeMember, fake_channel: FakeChannel, clock: FixedClock, vault: Vault
) -> None:
    database = member.application.database
    own = (await member.member()).id
    await lived_through(database, own, clock().date())
    before, number = await what_they_see(member), await number_of_nudges(database)
    other = build(database, vault, [fake_channel], clock)
    both = await asyncio.gather(member.application.retention.run(), other.retention.run())
    assert sum(counts["answers"] for counts in both) == number - await number_of_nudges(database)
    assert await what_they_see(member) == before


async def test_a_button_of_long_ago_does_nothing(
    member: FakeMember, clock: FixedClock, database: Database
) -> None:
    own = (await member.member()).id
    await lived_through(database, own, clock().date())
    async with database.reading() as session:
        first = await session.scalar(select(func.min(NudgeRow.id)))
    await member.application.retention.run()
    seen = await what_they_see(member)
    await member.taps(f"done:{first}")
    assert await what_they_see(member) == seen


async def test_the_next_answer_builds_on_the_counts(
    member: FakeMember, clock: FixedClock, database: Database
) -> None:
    own = (await member.member()).id
    await lived_through(database, own, clock().date(), ("done",))
    known = await member.streak()
    await member.application.retention.run()
    assert await member.streak() == known
    streak = int("".join(filter(str.isdigit, known)))
    await member.round("Gedaan")
    assert streak > 20
    assert await member.streak() == known.replace(str(streak), str(streak + 1))


@pytest.mark.parametrize("needed", ["a text", "sending", "few"])
async def test_what_is_needed_still_stays(
    member: FakeMember, clock: FixedClock, vault: Vault, database: Database, needed: str
) -> None:
    own = (await member.member()).id
    await lived_through(database, own, clock().date())
    async with database.transaction() as session:
        first = await session.scalar(select(func.min(NudgeRow.id))) or 0
        if needed == "a text":  # a message of long ago that was edited into a reflection today
            await Diary(session, vault, own).write(first, "1", "Nog van nu", clock())
        elif needed == "sending":
            await session.execute(
                update(NudgeRow).where(NudgeRow.id == first).values(send_at=clock())
            )
        else:
            await session.execute(delete(NudgeRow).where(NudgeRow.id >= first + REMEMBERED))
    assert (await member.application.retention.preview())["answers"] == 0
    assert (await member.application.retention.run())["answers"] == 0


async def test_how_long_answers_are_kept_is_a_setting(
    member: FakeMember, clock: FixedClock, vault: Vault, database: Database
) -> None:
    own = (await member.member()).id
    await lived_through(database, own, clock().date())
    periods = Periods(answers_months=12)
    job = RetentionJob(database, vault, clock, periods, lambda: True)
    await job.run()
    async with database.reading() as session:
        assert await session.scalar(select(func.min(NudgeRow.day))) == date(2025, 11, 3)


async def test_the_figures_of_challenges_have_counted_what_goes(
    member: FakeMember, clock: FixedClock, vault: Vault, database: Database
) -> None:
    async with database.transaction() as session:
        values = {
            name: value
            for name, value in vars(await session.scalar(select(MemberRow))).items()
            if name in MemberRow.__table__.columns and name != "id"
        }
        ids = (
            await session.scalars(insert(MemberRow).returning(MemberRow.id), [values] * 15)
        ).all()
    for member_id in ids:
        await lived_through(database, member_id, clock().date(), MOST_DONE, of=30)
    async with database.reading() as session:
        settled = select(func.count(NudgeRow.id)).where(NudgeRow.day < clock().date() - WEEK)
        number = await session.scalar(settled)
    assert (await member.application.retention.run())["answers"] > 0
    async with database.reading() as session:
        assert await session.scalar(select(func.sum(ChallengeFiguresRow.sent))) == number


async def test_an_export_has_the_counts_and_what_came(
    member: FakeMember, clock: FixedClock, vault: Vault, database: Database
) -> None:
    own = (await member.member()).id
    await lived_through(database, own, clock().date())
    gone = (await member.application.retention.run())["answers"]
    async with database.reading() as session:
        row = await session.get_one(MemberRow, own)
        content = (await export_of(session, vault, row, clock())).content
    with ZipFile(BytesIO(content)) as archive:
        exported = json.loads(archive.read("member.json"))
    [counts] = exported["counts"]
    assert counts["until"] == "2024-10-31" and counts["grows"] > 50
    received = exported["earlier_challenges"]
    assert sum(row["times"] for row in received) == gone
    assert {row["suits"] for row in received} == {True, False}


async def test_linking_adds_the_counts_of_both_and_undoing_gives_each_their_own(
    chats: LinkedChats, clock: FixedClock, database: Database
) -> None:
    telegram, matrix = chats.telegram, chats.matrix
    await matrix.joins()
    own, other = (await telegram.member()).id, (await matrix.member()).id
    for member_id in (own, other):
        await lived_through(database, member_id, clock().date(), MOST_DONE)
    await telegram.application.retention.run()
    async with database.reading() as session:
        before = await round_counts.of_members(session, [own, other])
    shown = await what_they_see(telegram), await what_they_see(matrix)
    await chats.link()
    async with database.reading() as session:
        merged = await round_counts.of_member(session, own)
    assert merged is not None
    assert merged.grows == before[own].grows + before[other].grows
    assert merged.done == before[own].done + before[other].done
    assert merged.longest >= max(before[own].longest, before[other].longest)
    clock.passes(days=6)
    assert (await telegram.application.retention.run())["answers"] == 0  # it can be undone still
    clock.passes(days=-6)
    await telegram.presses("Maak los")
    async with database.reading() as session:
        assert await round_counts.of_members(session, [own, other]) == before
    assert (await what_they_see(telegram), await what_they_see(matrix)) == shown


def odd_rounds(draw: random.Random, challenges: Sequence[int]) -> list[dict[str, object]]:
    """Rounds around the day before which they become counts, in whatever order they can come."""
    rows = []
    for number in range(draw.choice((8, 13, 30, 60))):
        day = cutoff_day() + timedelta(days=draw.choice((-2, -1, 0, 1, 40, number - 30)))
        at = datetime.combine(day, time(draw.choice((0, 8, 23))), UTC)
        open_until = at + timedelta(days=draw.randint(1, 7)) if draw.random() < 0.3 else None
        rows.append(
            {
                "challenge_id": draw.choice(challenges),
                "round_at": at,
                "day": day + timedelta(days=draw.choice((-1, 0, 0, 0, 1))),  # in their zone
                "per_week": 5,
                "extra": draw.random() < 0.3,
                "sent_at": at,
                "answer": draw.choice(("done", "swapped", None)),
                "answered_at": at,
                "open_until": open_until,
                "moments_cut": True,
            }
        )
    return rows


def cutoff_day() -> date:
    """The day before which answers become counts on the Monday of the tests."""
    return cutoffs_at(MONDAY, DEFAULT_PERIODS).answers


async def test_what_becomes_counts_is_the_same_as_when_all_rounds_are_read(
    chats: LinkedChats,
) -> None:
    database, cutoffs = chats.telegram.application.database, cutoffs_at(MONDAY, DEFAULT_PERIODS)
    member_id, some = (await chats.telegram.member()).id, 0
    async with database.reading() as session:
        challenges = (await session.scalars(select(ChallengeRow.id).limit(20))).all()
    for seed in range(60):
        rows = [
            {"member_id": member_id, **row} for row in odd_rounds(random.Random(seed), challenges)
        ]
        async with database.transaction() as session:
            await session.execute(delete(NudgeRow))
            await session.execute(insert(NudgeRow), rows)
        async with database.reading() as session:
            found = await old_rounds.old_rounds_of(session, [member_id], cutoffs)
            query = select(NudgeRow).order_by(NudgeRow.round_at, NudgeRow.id)
            everything = (await session.scalars(query)).all()
        before = min([cutoffs.answers, *(row.day for row in everything[-REMEMBERED:])])
        facts = [row.fact for row in everything]
        until = settled_until(facts, before) if len(facts) > REMEMBERED else None
        expected = [] if until is None else [row.id for row in everything if row.day <= until]
        assert [row.id for old in found for row in old.nudges] == expected, seed
        some += bool(expected)
    assert some > 10

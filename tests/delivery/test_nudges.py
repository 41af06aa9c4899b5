"""Every nudge goes out: on time, once, and after trouble."""

import asyncio
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, text

from bot.app import Application, build
from bot.channels.base import ShouldSend, always_send
from bot.conversation.words import Words
from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.rhythm.workdays import SPREAD, is_quiet
from bot.delivery.take_over import take_over
from bot.messages import Outgoing
from bot.store.schema.challenges import PublicationRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow, ProcessedUpdateRow
from tests.delivery.due_members import claim_in_another_process, due_members, nudges_of
from tests.support.fakes import AMSTERDAM, FakeChannel, FakeMember, FixedClock
from tests.support.population import enrol


async def test_on_the_minute_and_once(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.goes_to(24, 11, 9, 29)
    assert await application.nudge_sender.tick() == 0
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    assert await application.nudge_sender.tick() == 0
    assert len(nudges_of(member)) == 1
    assert (await member.member()).next_nudge_at == datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


async def test_the_same_local_time_after_the_clocks_change(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.goes_to(29, 10, 10, year=2027)
    await member.says("/ritme ma-zo 9:30")
    clock.goes_to(30, 10, 9, 30, year=2027)
    assert clock() == datetime(2027, 10, 30, 7, 30, tzinfo=UTC)
    await application.nudge_sender.tick()
    assert (await member.member()).next_nudge_at == datetime(2027, 10, 31, 8, 30, tzinfo=UTC)


async def test_down_for_three_days_is_one_nudge(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.goes_to(27, 11, 14)
    assert await application.nudge_sender.tick() == 0
    clock.passes(minutes=5)  # within which everybody's turn comes
    assert await application.nudge_sender.tick() == 1
    assert await application.nudge_sender.tick() == 0
    await member.presses("Gedaan")
    assert await member.streak() == "Je reeks: 1 ronde."
    await member.says("/reeks")
    assert "0 gemist" in member.last.text


@pytest.mark.slow
async def test_down_for_three_days_with_people_all_over_the_world(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    zones = ["Europe/Amsterdam", "America/Curacao", "Asia/Tokyo", "Pacific/Auckland"]
    rhythms = {
        number: Rhythm(frozenset({Weekday.MONDAY}), time(9, 30), ZoneInfo(zones[number % 4]))
        for number in range(1, 61)
    }
    fake_channel.name = "telegram"
    built = build(application.database, application.vault, [fake_channel], clock)
    clock.goes_to(22, 11, 12)  # a Sunday; the bot goes down before anybody's Monday
    await enrol(application.database, rhythms, clock())
    clock.goes_to(26, 11, 3)
    for _ in range(30 * 30):  # thirty hours
        await built.nudge_sender.tick()
        clock.passes(minutes=2)
    assert sorted(len(chat) for chat in fake_channel.messages.values()) == [1] * 60
    async with application.database.reading() as session:
        rows = (await session.scalars(select(NudgeRow))).all()
    moments = {row.member_id: row.sent_at for row in rows}
    assert len(rows) == len(moments) == 60
    for number, moment in moments.items():
        assert moment is not None and not is_quiet(moment, rhythms[number].zone)
    of_one_zone = {moments[number] for number in rhythms if number % 4 == 0}
    assert len(of_one_zone) > 1  # spread


async def test_back_in_the_night_it_waits_for_the_morning(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    await member.says("/ritme di 16:00")
    clock.goes_to(24, 11, 23)
    assert await application.nudge_sender.tick() == 0
    seven = datetime(2026, 11, 25, 6, tzinfo=UTC)
    moment = (await member.member()).next_nudge_at
    assert moment is not None and seven <= moment <= seven + SPREAD
    clock.goes_to(25, 11, 7, 5)
    assert await application.nudge_sender.tick() == 1


async def test_back_in_the_weekend_it_waits_for_the_week(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.goes_to(28, 11, 12)
    assert await application.nudge_sender.tick() == 0
    assert (await member.member()).next_nudge_at == datetime(2026, 11, 30, 8, 30, tzinfo=UTC)


async def test_never_in_quiet_hours_whatever_is_planned(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    async with application.database.transaction() as session:
        row = await session.get(MemberRow, (await member.member()).id)
        assert row is not None
        row.next_nudge_at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    for _ in range(48):
        clock.passes(minutes=30)
        sent = await application.nudge_sender.tick()
        assert not (sent and is_quiet(clock(), AMSTERDAM))
    assert len(nudges_of(member)) == 1


async def test_claimed_and_never_sent_is_sent_after_a_restart(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.goes_to(24, 11, 9, 30)
    assert len(await claim_in_another_process(application, clock)) == 1
    # The lease holds until a restart ends it, or until it runs out.
    assert await application.nudge_sender.tick() == 0
    await take_over(application.database, "paper")
    assert await application.nudge_sender.tick() == 1
    assert len(nudges_of(member)) == 1


async def test_a_lease_runs_out(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.goes_to(24, 11, 9, 30)
    assert len(await claim_in_another_process(application, clock)) == 1
    clock.passes(seconds=19)
    assert await application.nudge_sender.tick() == 0
    clock.passes(seconds=1)
    assert await application.nudge_sender.tick() == 1


async def test_what_waits_here_until_its_lease_runs_out_is_left_to_others(
    application: Application, clock: FixedClock
) -> None:
    class Slow(FakeChannel):
        async def send(
            self,
            to: str,
            message: Outgoing,
            key: str,
            *,
            urgent: bool = False,
            should_send: ShouldSend = always_send,
        ) -> str | None:
            sent = await super().send(to, message, key, urgent=urgent, should_send=should_send)
            if not urgent:
                clock.passes(seconds=20)
            return sent

    fake_channel = Slow()
    people = await due_members(application, fake_channel, clock, "sanne", "joost")
    assert await people[0].application.nudge_sender.tick() == 2
    assert sorted(len(nudges_of(person)) for person in people) == [0, 1]
    assert await people[0].application.nudge_sender.tick() == 1
    assert [len(nudges_of(person)) for person in people] == [1, 1]


async def test_who_is_erased_gets_nothing_that_was_claimed_before(
    application: Application, clock: FixedClock
) -> None:
    turn = asyncio.Lock()  # as a platform's limits: the second nudge waits until the first is sent

    class Slow(FakeChannel):
        """The first nudge that goes out lets somebody else be erased."""

        async def send(
            self,
            to: str,
            message: Outgoing,
            key: str,
            *,
            urgent: bool = False,
            should_send: ShouldSend = always_send,
        ) -> str | None:
            if urgent or "Lef:" not in message.text:
                return await super().send(to, message, key, urgent=urgent, should_send=should_send)
            async with turn:
                other = next(person for person in people if person.address.id != to)
                if not nudges_of(other):
                    await other.says("/vergeetmij")
                    await other.presses("Ja, wis alles")
                return await super().send(to, message, key, urgent=urgent, should_send=should_send)

    fake_channel = Slow()
    people = await due_members(application, fake_channel, clock, "sanne", "joost")
    await people[0].application.nudge_sender.tick()
    assert sorted(len(nudges_of(person)) for person in people) == [0, 1]


@pytest.mark.slow
async def test_a_hundred_and_fifty_members_in_one_tick(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    people = [FakeMember(application, fake_channel, clock, f"p{n}") for n in range(150)]
    for person in people:
        await person.says("/start")
        await person.says("nl")
        await person.says("ma-zo 9:30")
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 150
    assert all(len(nudges_of(person)) == 1 for person in people)
    # Everyone gets an order of their own.
    assert len({nudges_of(person)[0] for person in people}) > 1


async def test_a_put_off_nudge_that_was_held_up_waits_for_the_next_round(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    await member.presses("Later", nudge)
    await member.presses("Over een uur", nudge)
    clock.goes_to(25, 11, 8)
    assert await application.nudge_sender.tick() == 0
    clock.goes_to(25, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    assert len(await member.nudges()) == 1
    await member.presses("Gedaan", member.last)
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_without_challenges_moments_pass(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    async with application.database.transaction() as session:
        await session.execute(delete(PublicationRow))
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 0
    assert (await member.member()).next_nudge_at == datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


async def test_a_fault_of_ours_is_told_in_one_sentence_and_changes_nothing(
    member: FakeMember, application: Application
) -> None:
    await member.round("Gedaan")
    async with application.database.transaction() as session:
        await session.execute(text("ALTER TABLE reflections RENAME TO elsewhere"))
    await member.says("Dit kan nu niet")
    assert member.last.text.startswith("Er ging bij mij iets mis. Er is niets veranderd.")
    await member.says("/terugblik")
    async with application.database.transaction() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO reflections"))
    await member.says("Nu wel")
    assert "Bewaard bij" in member.last.text


async def test_stopping_begins_no_new_message(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.goes_to(24, 11, 9, 30)
    application.nudge_sender.stop()
    assert await application.nudge_sender.tick() == 0
    await application.nudge_sender.finished(1)
    assert nudges_of(member) == []


async def test_what_was_heard_long_ago_is_forgotten(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.passes(days=4)
    await application.retention.run()
    async with application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ProcessedUpdateRow)) == 0


async def test_eight_rounds_are_greeted_in_eight_ways(
    application: Application, clock: FixedClock, member: FakeMember
) -> None:
    await member.says("/ritme elke dag 9:30")
    greetings = []
    clock.goes_to(24, 11, 9, 29)
    for _ in range(8):
        await application.nudge_sender.tick()  # awake before it is time
        clock.passes(minutes=1)
        assert await application.nudge_sender.tick() == 1
        greetings.append(member.messages[-1].text.partition("\n\n")[0])
        await member.presses("Gedaan")  # who left it is greeted otherwise
        clock.passes(days=1, minutes=-1)
    assert len(set(greetings)) == 8
    assert set(greetings) == set(Words("nl")("nudge.greeting").splitlines())


async def test_who_asks_for_a_challenge_is_not_greeted(member: FakeMember) -> None:
    await member.says("/nu")
    assert not member.last.text.startswith(tuple(Words("nl")("nudge.greeting").splitlines()))

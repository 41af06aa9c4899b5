"""Nudges that do not arrive at once: tried again, for as long as it makes sense."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from bot.app import Application
from bot.channels.base import (
    ChatMoved,
    MessageRejected,
    SendError,
    ShouldSend,
    TemporaryFailure,
    Unreachable,
    always_send,
)
from bot.messages import Outgoing
from bot.store.schema.nudges import NudgeRow
from tests.delivery.due_members import due_members, nudges_of
from tests.support.databases import on_sqlite
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


async def test_a_fault_of_ours_with_one_nudge_is_no_fault_with_another(
    application: Application, clock: FixedClock
) -> None:
    class Faulty(FakeChannel):
        """Cannot cope with one of them."""

        async def send(
            self,
            to: str,
            message: Outgoing,
            key: str,
            *,
            urgent: bool = False,
            should_send: ShouldSend = always_send,
        ) -> str | None:
            if to == "joost" and not urgent:
                raise KeyError(to)
            return await super().send(to, message, key, urgent=urgent, should_send=should_send)

    fake_channel = Faulty()
    people = await due_members(application, fake_channel, clock, "joost", "sanne")
    assert await people[0].application.nudge_sender.tick() == 2
    assert [len(nudges_of(person)) for person in people] == [0, 1]


async def test_trouble_is_tried_again_after_growing_waits(
    member: FakeMember, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    fake_channel.fails_with = [SendError("no"), TemporaryFailure("slow", timedelta(seconds=40))]
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    clock.passes(seconds=1)
    assert await application.nudge_sender.tick() == 0
    clock.passes(seconds=3)  # two seconds, and up to two more by chance
    assert await application.nudge_sender.tick() == 1
    clock.passes(seconds=39)
    assert await application.nudge_sender.tick() == 0
    clock.passes(seconds=1)
    assert await application.nudge_sender.tick() == 1
    assert len(nudges_of(member)) == 1
    assert (await member.nudges())[0].attempts == 3


@pytest.mark.slow
async def test_trouble_until_the_next_round_still_ends_in_one_nudge(
    member: FakeMember, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    fake_channel.fails_with = [SendError("no") for _ in range(400)]
    clock.goes_to(24, 11, 9, 30)
    while clock() < datetime(2026, 11, 25, 9, 0, tzinfo=UTC):
        await application.nudge_sender.tick()
        clock.passes(minutes=6)
    fake_channel.fails_with = []
    clock.passes(minutes=6)
    await application.nudge_sender.tick()
    assert len(nudges_of(member)) == 1
    await member.says("/reeks")
    assert "0 gemist" in member.last.text


async def test_after_days_of_trouble_it_is_still_tried_every_few_minutes(
    member: FakeMember, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    fake_channel.fails_with = [SendError("no"), SendError("no")]
    clock.goes_to(24, 11, 9, 30)
    await application.nudge_sender.tick()
    async with application.database.transaction() as session:
        await session.execute(update(NudgeRow).values(attempts=1_000))
    clock.passes(minutes=6)
    assert await application.nudge_sender.tick() == 1
    clock.passes(minutes=6)
    assert await application.nudge_sender.tick() == 1
    assert len(nudges_of(member)) == 1


@on_sqlite  # its trouble is a trigger of SQLite
async def test_one_that_cannot_be_recorded_does_not_stop_the_others(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    people = [FakeMember(application, fake_channel, clock, f"p{n}") for n in range(5)]
    for person in people:
        await person.joins("ma-zo 9:30")
    async with application.database.transaction() as session:
        await session.execute(
            text(
                "CREATE TRIGGER no_more_waits BEFORE UPDATE OF send_at ON nudges"
                " WHEN NEW.send_at IS NOT OLD.send_at AND NEW.send_at IS NOT NULL"
                " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )
        )
    fake_channel.fails_with = [SendError("no")]
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 5
    assert sum(len(nudges_of(person)) for person in people) == 4


class Between(FakeChannel):
    """Lets something happen between a nudge's arrival and the note that it arrived."""

    def __init__(self, *happens: Callable[[], Awaitable[None]], fails: bool = False) -> None:
        super().__init__()
        self.happens, self.fails = list(happens), fails

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Sends, and then it happens."""
        sent = await super().send(to, message, key, urgent=urgent, should_send=should_send)
        if not urgent and self.happens:
            await self.happens.pop(0)()
            if self.fails:
                raise TemporaryFailure("the answer came too late")
        return sent


@pytest.mark.parametrize("fails", [False, True])
async def test_later_pressed_before_its_arrival_is_noted_is_kept(
    application: Application, clock: FixedClock, fails: bool
) -> None:
    async def puts_off() -> None:
        await sanne.presses("Later")
        await sanne.presses("Over een uur")

    fake_channel = Between(puts_off, fails=fails)
    [sanne] = await due_members(application, fake_channel, clock, "sanne")
    sender = sanne.application.nudge_sender
    assert await sender.tick() == 1
    [nudge] = await sanne.nudges()
    assert nudge.send_at == clock() + timedelta(hours=1)
    clock.passes(minutes=59)
    assert await sender.tick() == 0
    clock.passes(minutes=1)
    assert await sender.tick() == 1
    await sanne.presses("Gedaan", sanne.last)
    assert await sanne.streak() == "Je reeks: 1 ronde."


async def test_trying_ends_at_the_next_round_which_has_a_challenge_of_its_own(
    member: FakeMember, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    fake_channel.fails_with = [MessageRejected("this one never")]
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    clock.goes_to(25, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    refused, fresh = await member.nudges()
    assert refused.sent_at is None and refused.send_at is None
    assert fresh.challenge_id != refused.challenge_id
    await member.presses("Gedaan")
    assert await member.streak() == "Je reeks: 1 ronde."
    await member.says("/reeks")
    assert "0 gemist" in member.last.text  # what never arrived does not count


async def test_a_chat_that_moved_to_where_somebody_is_already_is_gone(
    member: FakeMember, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    joost = FakeMember(application, fake_channel, clock, "joost")
    await joost.joins()
    await joost.says("/pauze")
    fake_channel.fails_with = [ChatMoved("joost")]
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    assert (await member.member()).left_at == clock()
    clock.passes(minutes=10)
    assert await application.nudge_sender.tick() == 0


async def test_an_undelivered_round_is_neutral(
    member: FakeMember, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    await member.round("Gedaan")
    fake_channel.fails_with = [Unreachable("blocked")]
    clock.goes_to(25, 11, 9, 30)
    await application.nudge_sender.tick()
    assert (await member.member()).left_at == clock()
    clock.goes_to(30, 11, 12)
    assert await application.nudge_sender.tick() == 0
    await member.says("/reeks")
    assert "Je reeks: 1 ronde." in member.last.text and "0 gemist" in member.last.text
    assert (await member.member()).left_at is None
    await member.round("Gedaan")
    assert await member.streak() == "Je reeks: 2 rondes."

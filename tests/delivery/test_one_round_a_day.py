"""A local day has one round, whatever a member changes after it."""

import pytest

from bot.core.rhythm.rhythm import local_day
from bot.membership import Left, Returned
from tests.delivery.linked_chats import LinkedChats, nudges_of
from tests.support.fakes import FakeMember, FixedClock


async def test_another_time_after_the_answer_is_for_tomorrow(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan", "Om half tien.")
    assert clock() == (await member.nudges())[0].round_at
    await member.says("/ritme ma-vr 15:00")
    assert "Je volgende uitdaging komt woensdag 25 november om 15:00." in member.last.text
    await member.waits_for_nudge()
    assert await member.streak() == "Je reeks: 1 ronde."
    assert [nudge.day.day for nudge in await member.nudges()] == [24, 25]


@pytest.mark.parametrize(
    "changes",
    [
        ["/ritme ma-vr 15:00"],
        ["/ritme ma-vr 9:30 New York"],
        ["/ritme ma-vr 15:00 Honolulu"],
        ["/ritme 15:00", "/ritme 16:00", "/ritme 17:00"],
        ["/pauze", "/hervat", "/ritme 15:00"],
        ["/ritme 15:00", "/pauze", "/hervat"],
        ["/pauze vandaag", "/hervat", "/ritme ma-zo 19:59"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("answer", ["Gedaan", "Niet nu", None])
async def test_no_second_round_comes_on_the_same_day(
    member: FakeMember, clock: FixedClock, changes: list[str], answer: str | None
) -> None:
    await member.round(answer)
    clock.passes(minutes=5)
    for typed in changes:
        await member.says(typed)
    row = await member.member()
    assert row.next_nudge_at is not None
    days = {nudge.day for nudge in await member.nudges()}
    assert local_day(row.next_nudge_at, row.rhythm.zone) > max(days)


async def test_a_challenge_that_was_asked_for_does_not_replace_the_round(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/nu")
    await member.says("/ritme ma-vr 15:00")
    assert "maandag 23 november om 15:00" in member.last.text


async def test_a_round_that_never_arrived_does_not_count(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/ritme ma-vr 11:00")
    clock.goes_to(23, 11, 10, 59)
    await member.says("/pauze vandaag")
    await member.says("/hervat")
    assert "maandag 23 november om 11:00" in member.last.text


async def test_who_blocks_the_bot_and_comes_back_gets_no_second_round(
    member: FakeMember,
) -> None:
    await member.round("Gedaan")
    await member.says("/ritme ma-vr 15:00")
    await member.does(Left())
    await member.does(Returned())
    moment = (await member.member()).next_nudge_at
    assert moment is not None and moment.day == 25


@pytest.mark.parametrize("answer", ["Gedaan", None])
async def test_linking_after_a_round_in_the_other_chat_brings_no_second_one(
    chats: LinkedChats, answer: str | None
) -> None:
    await chats.telegram.says("/ritme ma-zo 15:00")
    await chats.matrix.joins("ma-zo 10:30")
    await chats.matrix.waits_for_nudge()
    if answer:
        await chats.matrix.presses(answer)
    await chats.link()
    moment = (await chats.telegram.member()).next_nudge_at
    assert moment is not None and moment.day == 24
    await chats.telegram.says("/ritme ma-zo 17:00")
    assert "dinsdag 24 november" in chats.telegram.last.text
    assert nudges_of(chats.telegram) + nudges_of(chats.matrix) == 1

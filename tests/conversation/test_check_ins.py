"""*Hoe ging het?* in the afternoon: once, for who asked for it, and not when it is not needed."""

import pytest

from bot.channels.base import TemporaryFailure
from tests.support.fakes import FakeMember, FixedClock

FIVE = ["Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu"]


@pytest.fixture
async def asked(member: FakeMember) -> FakeMember:
    """Someone who turned it on."""
    await member.says("/ritme")
    await member.presses("Vraag ’s middags hoe het ging")
    return member


async def ticks_at(member: FakeMember, clock: FixedClock, *moment: int) -> None:
    """It is this moment, and what is due goes out."""
    clock.goes_to(*moment)
    await member.application.nudge_sender.tick()


async def test_it_is_off_until_they_turn_it_on(member: FakeMember, clock: FixedClock) -> None:
    nudge = await member.waits_for_nudge()
    await ticks_at(member, clock, 24, 11, 15, 30)
    assert member.last is nudge


async def test_it_is_one_tap_on_and_one_tap_off(asked: FakeMember, clock: FixedClock) -> None:
    assert "om 15:30 hoe het ging" in asked.last.text
    await asked.presses("Vraag er ’s middags niet meer naar")
    assert asked.last.labels == ["Vraag ’s middags hoe het ging"]
    nudge = await asked.waits_for_nudge()
    await ticks_at(asked, clock, 24, 11, 15, 30)
    assert asked.last is nudge


async def test_it_comes_once_with_the_buttons_and_all_copies_are_settled(
    asked: FakeMember, clock: FixedClock
) -> None:
    nudge = await asked.waits_for_nudge()
    await ticks_at(asked, clock, 24, 11, 15, 30)
    question = asked.last
    assert question is not nudge
    assert question.text.startswith("Hoe ging het?\n\n") and question.labels == FIVE
    messages = len(asked.messages)
    await ticks_at(asked, clock, 24, 11, 17)
    assert len(asked.messages) == messages
    await asked.presses("Gedaan", question)
    assert nudge.labels == question.labels == []
    assert "✅ Gedaan" in nudge.text and "✅ Gedaan" in question.text
    await asked.presses("Overslaan")
    assert await asked.streak() == "Je reeks: 1 ronde."


@pytest.mark.parametrize("answer", ["Gedaan", "Geprobeerd", "Niet nu"])
async def test_not_when_it_was_answered(asked: FakeMember, clock: FixedClock, answer: str) -> None:
    await asked.round(answer)
    last, before = asked.last, len(asked.messages)
    await ticks_at(asked, clock, 24, 11, 15, 30)
    assert (asked.last, len(asked.messages)) == (last, before)


async def test_not_when_it_was_put_off(asked: FakeMember, clock: FixedClock) -> None:
    await asked.round("Later")
    await asked.presses("Morgen")
    before = len(asked.messages)
    await ticks_at(asked, clock, 24, 11, 15, 30)
    assert len(asked.messages) == before


async def test_a_swapped_one_is_asked_about_instead(asked: FakeMember, clock: FixedClock) -> None:
    await asked.round("Andere")
    fresh, before = asked.last, len(asked.messages)
    await ticks_at(asked, clock, 24, 11, 15, 30)
    assert len(asked.messages) == before + 1
    assert fresh.text.splitlines()[0] in asked.last.text


async def test_not_when_the_rest_of_the_day_is_free(asked: FakeMember, clock: FixedClock) -> None:
    await asked.waits_for_nudge()
    await asked.says("/pauze")
    before = len(asked.messages)
    await ticks_at(asked, clock, 24, 11, 15, 30)
    assert len(asked.messages) == before


@pytest.mark.parametrize("moment", [(24, 11, 20, 30), (25, 11, 8, 0)])
async def test_a_bot_that_was_down_does_not_ask_in_the_evening_or_the_next_day(
    asked: FakeMember, clock: FixedClock, moment: tuple[int, ...]
) -> None:
    nudge = await asked.waits_for_nudge()
    await ticks_at(asked, clock, *moment)
    assert asked.last is nudge
    assert "Lef:" in (await asked.waits_for_nudge()).text  # and the next round comes as always


async def test_an_afternoon_rhythm_is_not_asked_the_same_hour(
    asked: FakeMember, clock: FixedClock
) -> None:
    await asked.says("/ritme ma-vr 13:00")
    nudge = await asked.waits_for_nudge()
    await ticks_at(asked, clock, 24, 11, 15, 30)
    assert asked.last is nudge


async def test_one_that_failed_is_tried_again(asked: FakeMember, clock: FixedClock) -> None:
    await asked.waits_for_nudge()
    asked.fake_channel.fails_with = [TemporaryFailure("away")]
    await ticks_at(asked, clock, 24, 11, 15, 30)
    await ticks_at(asked, clock, 24, 11, 15, 40)
    assert asked.last.text.startswith("Hoe ging het?")


async def test_a_word_after_it_is_about_the_nudge(asked: FakeMember, clock: FixedClock) -> None:
    await asked.waits_for_nudge()
    await ticks_at(asked, clock, 24, 11, 15, 30)
    await asked.says("niet gelukt")
    assert (await asked.nudges())[0].answer == "tried"

"""Coming back: glad words after a miss, and one question after three rounds of silence."""

from datetime import timedelta

import pytest

from bot.channels.base import TemporaryFailure
from bot.languages.catalogue import message
from bot.languages.registry import language_of
from bot.membership import Left, Returned
from bot.messages import Reacted
from tests.support.fakes import FakeMember, FixedClock

DUTCH = language_of("nl")
BACK = message(DUTCH, "nudge.greeting_back").splitlines()
AFTER_MISS = message(DUTCH, "nudge.greeting_after_miss").splitlines()
USUAL = message(DUTCH, "nudge.greeting").splitlines()


async def greeting_after(member: FakeMember) -> str:
    """Returns the first line of their next nudge."""
    return (await member.waits_for_nudge()).text.splitlines()[0]


async def falls_silent(member: FakeMember) -> None:
    """They get three nudges, answer none, and are asked about their pace."""
    for _ in range(4):
        await member.waits_for_nudge()
    assert "Past minder vaak beter bij je?" in member.last.text


@pytest.mark.parametrize(
    ("answer", "greetings"),
    [
        ("Gedaan", USUAL),
        ("Geprobeerd", USUAL),
        ("Kwam niet voor", USUAL),
        ("Niet nu", AFTER_MISS),
        (None, AFTER_MISS),
    ],
)
async def test_after_a_miss_the_next_one_is_glad_and_asks_nothing(
    member: FakeMember, answer: str | None, greetings: list[str]
) -> None:
    await member.waits_for_nudge()
    if answer == "Kwam niet voor":
        await member.presses("Niet nu")
    if answer is not None:
        await member.presses(answer)
    greeting = await greeting_after(member)
    assert greeting in greetings and not greeting.endswith("?")


async def test_after_days_away_they_are_welcomed(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan")
    await member.presses("Overslaan")
    await member.says("/pauze 25 nov - 1 dec")
    assert await greeting_after(member) in BACK
    assert await greeting_after(member) in AFTER_MISS


async def test_after_three_silences_they_are_asked_once_and_left_alone(
    member: FakeMember, clock: FixedClock
) -> None:
    await falls_silent(member)
    assert member.last.labels == ["Eén dag per week", "Pauze", "Zo laten"]
    assert "stuur ik niets" in member.last.text
    assert (await member.member()).next_nudge_at is None
    messages = len(member.messages)
    clock.passes(weeks=8)
    assert await member.application.nudge_sender.tick() == 0
    assert (len(member.messages), len(await member.nudges())) == (messages, 3)


@pytest.mark.parametrize("answered", [1, 2, 3])
async def test_one_answer_among_three_is_no_silence(member: FakeMember, answered: int) -> None:
    for number in range(1, 4):
        await member.round("Niet nu" if number == answered else None)
    assert "Lef:" in (await member.waits_for_nudge()).text


async def test_what_never_arrived_is_no_silence(member: FakeMember, clock: FixedClock) -> None:
    for _ in range(5):
        clock.moment = (await member.member()).next_nudge_at or clock.moment
        member.fake_channel.fails_with = [TemporaryFailure("away")]
        await member.application.nudge_sender.tick()
    assert "Lef:" in (await member.waits_for_nudge()).text


async def test_the_buttons_of_the_silent_nudges_still_work(member: FakeMember) -> None:
    await falls_silent(member)
    nudge = next(sent for sent in reversed(member.messages) if "Gedaan" in sent.labels)
    await member.presses("Gedaan", nudge)
    assert "Lef:" in (await member.waits_for_nudge()).text


@pytest.mark.parametrize("sign", ["text", "reaction", "command", "return", "old button"])
async def test_any_sign_of_life_brings_the_rhythm_back(
    member: FakeMember, clock: FixedClock, sign: str
) -> None:
    await falls_silent(member)
    clock.passes(weeks=3)
    match sign:
        case "text":
            await member.says("hoi")
        case "reaction":
            await member.does(Reacted("❤", member.last.id))
        case "command":
            await member.says("/reeks")
        case "return":
            await member.does(Returned())
        case "old button":
            await member.taps("nonsense")
    greeting = await greeting_after(member)
    assert greeting in BACK
    for _ in range(2):  # silences are counted anew
        assert "Lef:" in (await member.waits_for_nudge()).text
    await member.waits_for_nudge()
    assert "Past minder vaak" in member.last.text


async def test_who_leaves_the_chat_is_not_back(member: FakeMember) -> None:
    await falls_silent(member)
    await member.does(Left())
    assert (await member.member()).next_nudge_at is None


@pytest.mark.parametrize("typed", [False, True])
async def test_one_day_a_week_is_one_tap_or_a_yes(member: FakeMember, typed: bool) -> None:
    await falls_silent(member)
    await (member.says("Ja!") if typed else member.presses("Eén dag per week"))
    assert "Je ritme is nu: maandag om 9:30." in member.last.text
    assert (await member.member()).rhythm.per_week == 1


@pytest.mark.parametrize("typed", [False, True])
async def test_leaving_it_is_one_tap_or_a_no(member: FakeMember, typed: bool) -> None:
    await falls_silent(member)
    await (member.says("nee") if typed else member.presses("Zo laten"))
    assert "elke werkdag om 9:30" in member.last.text
    assert "maandag 30 november om 9:30" in member.last.text


async def test_a_pause_is_one_tap(member: FakeMember, clock: FixedClock) -> None:
    await falls_silent(member)
    await member.presses("Pauze")
    assert "tot je /hervat typt" in member.last.text
    assert (await member.member()).next_nudge_at is None


async def test_who_has_one_day_a_week_is_only_offered_a_break(sanne: FakeMember) -> None:
    await sanne.joins("di 9:30")
    for _ in range(4):
        await sanne.waits_for_nudge()
    assert "Wil je een pauze?" in sanne.last.text
    assert sanne.last.labels == ["Pauze", "Zo laten"]


async def test_words_after_the_question_are_about_the_last_nudge(member: FakeMember) -> None:
    await falls_silent(member)
    await member.says("Ik was bij de bakker")
    assert member.last.labels == ["Gedaan", "Geprobeerd", "Niet bewaren"]


async def test_the_question_that_could_not_be_sent_comes_later(
    member: FakeMember, clock: FixedClock
) -> None:
    for _ in range(3):
        await member.waits_for_nudge()
    clock.moment = (await member.member()).next_nudge_at or clock.moment
    member.fake_channel.fails_with = [TemporaryFailure("away")]
    await member.application.nudge_sender.tick()
    messages = len(member.messages)
    clock.passes(minutes=5)
    await member.application.nudge_sender.tick()
    clock.passes(minutes=5)
    await member.application.nudge_sender.tick()
    assert [sent.text[:19] for sent in member.messages[messages:]] == ["Het is even stil, e"]


async def test_who_is_back_before_the_question_left_is_not_asked(
    member: FakeMember, clock: FixedClock
) -> None:
    for _ in range(3):
        await member.waits_for_nudge()
    clock.moment = (await member.member()).next_nudge_at or clock.moment
    member.fake_channel.fails_with = [TemporaryFailure("away")]
    await member.application.nudge_sender.tick()
    await member.says("/reeks")
    clock.passes(minutes=30)
    await member.application.nudge_sender.tick()
    assert "Past minder vaak" not in member.last.text


async def test_after_a_break_the_thanks_show_what_stands(member: FakeMember) -> None:
    for answer in ("Gedaan", "Gedaan", "Niet nu", "Niet nu"):
        await member.round(answer)
        if answer == "Gedaan":
            await member.presses("Overslaan")
    await member.round("Gedaan")
    await member.presses("Overslaan")
    assert "Je deed al 3 rondes." in [sent.text.splitlines()[0] for sent in member.messages]
    for _ in range(3):
        await member.round("Gedaan")
        await member.presses("Overslaan")
    assert "Je reeks: 4 rondes." in [sent.text.splitlines()[0] for sent in member.messages]


async def test_silence_across_a_weekend_is_counted_in_rounds(
    member: FakeMember, clock: FixedClock
) -> None:
    await falls_silent(member)
    assert clock() - (await member.nudges())[0].round_at >= timedelta(days=3)

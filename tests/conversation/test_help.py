"""Help, and words that asked for nothing."""

import textwrap

import pytest

from bot.conversation.commands import COMMANDS, help_text
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS
from bot.conversation.words import Words
from bot.languages.registry import tags
from bot.store.members.roles import Roles
from tests.support.fakes import FakeMember, FixedClock


async def test_help_names_what_there_is(member: FakeMember) -> None:
    await member.says("/help")
    commands = [line for line in member.last.text.splitlines() if line.startswith("/")]
    assert len(commands) > 10
    for line in commands:
        assert COMMANDS.find(line[1:].split()[0]) is not None


async def test_free_text_gets_a_short_helpful_reply(member: FakeMember) -> None:
    await member.says("hallo")
    assert member.last.text == (
        "Ik wacht nu nergens op. Typ /nu voor een uitdaging, of /help voor wat ik kan."
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/reks", "Bedoel je /reeks?"),
        ("/xyzzy", "Typ /help"),
        ("/", "Typ /help"),
        ("/ ", "Typ /help"),
        ("/" + "x" * 500, "Typ /help"),
    ],
)
async def test_an_unknown_command(member: FakeMember, typed: str, told: str) -> None:
    await member.says(typed)
    assert told in member.last.text and len(member.last.text) < 150


async def test_the_streak_of_someone_who_just_joined(member: FakeMember) -> None:
    await member.says("/reeks")
    assert "Je reeks: 0 rondes." in member.last.text and "0 %" in member.last.text


async def test_the_joker_is_told_and_shown(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan")
    await member.round(None)
    await member.waits_for_nudge()
    await member.says("/reeks")
    assert "Je reeks: 1 ronde." in member.last.text
    assert "Je joker ving de ronde van woensdag 25 november op." in member.last.text
    assert "Vanaf woensdag 23 december" in member.last.text
    assert member.last.message.picture is not None
    png = member.last.message.picture.drawing.draw()
    assert png.startswith(b"\x89PNG")


PHONE = 38  # characters on a line
SCREEN = 30  # lines


@pytest.mark.parametrize("language", tags())
def test_help_is_no_longer_than_a_screen_and_a_half(language: str) -> None:
    text = help_text(Words(language), Roles())
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, PHONE) or [""]]
    assert len(lines) <= SCREEN * 3 // 2


@pytest.mark.parametrize("language", tags())
def test_help_explains_each_word_and_each_button_of_a_nudge(language: str) -> None:
    say = Words(language)
    text = help_text(say, Roles())
    for button in NUDGE_BUTTONS:
        if button.row is not None and button.label is not None:
            assert say(button.label) in text
    words = {
        "nl": ("ronde", "reeks", "joker", "Lef", "Kracht"),
        "en": ("round", "streak", "joker", "Daring", "Strength"),
    }
    assert [word for word in words[language] if word not in text] == []


async def test_each_word_is_explained_once_when_it_matters(
    member: FakeMember, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    assert "Dat is hoeveel moed het vraagt." in nudge.text
    said = []
    for answer in ("Gedaan", "Niet nu", *["Gedaan", "Geprobeerd"] * 6):
        clock.passes(hours=4)
        await member.presses(answer, nudge)
        if answer != "Niet nu":
            question = next(
                sent for sent in reversed(member.messages) if sent.labels == ["Overslaan"]
            )
            await member.presses("Overslaan", question)
            said.append(question.text.partition("\n\n")[2])
            if "15:30" in said[-1]:
                offer = question
        nudge = await member.waits_for_nudge()
        assert "hoeveel moed" not in nudge.text
    given = [text for text in said if text]
    assert given[0] == "Dat was een ronde: één uitdaging op een moment dat jij koos."
    assert set(given[1:]) == {
        "Je joker ving een gemiste ronde op. Dat kan één keer in 28 dagen.",
        "Je reeks telt de rondes op rij waarin je iets deed of probeerde.",
        "Zal ik om 15:30 vragen hoe het ging? Dan hoef je niet terug te zoeken.",
    }
    assert len(given) == 4
    await member.presses("Vraag ’s middags hoe het ging", offer)
    assert (await member.member()).check_in

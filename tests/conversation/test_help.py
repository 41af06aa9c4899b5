"""Help, and words that asked for nothing."""

import pytest

from bot.conversation.commands import COMMANDS
from tests.support.fakes import FakeMember, FixedClock


async def test_help_names_what_there_is(member: FakeMember) -> None:
    await member.says("/help")
    for line in member.last.text.splitlines()[1:]:
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

"""The page with one's own rounds: in words, in a picture and in a table."""

import re
from datetime import date

import pytest

from bot.web.pages.member.own import LEFT, STEP, TOP, Cell, cells_of
from tests.support.fakes import FakeMember
from tests.web.conftest import Browser


async def test_it_says_what_the_chat_says(signed_in: Browser, member: FakeMember) -> None:
    await member.round("Gedaan", "De kapper weet alles")
    await member.round("Geprobeerd", "Het lukte half")
    await member.round(None)
    await member.waits_for_nudge()  # its check-in
    await member.waits_for_nudge()
    await signed_in.signs_in(member)
    await member.says("/reeks")
    told = await signed_in.opens("own")
    for line in member.last.text.splitlines()[:-1]:
        assert line in told
    assert "De kapper" not in told


async def test_the_picture_and_the_table_say_the_same(
    signed_in: Browser, member: FakeMember
) -> None:
    await member.round("Gedaan")
    await member.round("Geprobeerd")
    await member.round(None)
    await member.waits_for_nudge()  # its check-in
    await member.waits_for_nudge()
    await signed_in.signs_in(member)
    await signed_in.opens("own")
    picture, _, rest = signed_in.html.partition("</svg>")
    assert 'role="img"' in picture and "<desc" in picture
    drawn = [len(re.findall(f"olievlek-day--{kind}", picture)) for kind in ("done", "half")]
    assert drawn == [1, 1]
    table = rest.partition("<table")[2].partition("</table>")[0]
    kinds = re.findall(r"<td>(gedaan|geprobeerd|gemist|joker)</td>", table)
    assert kinds == ["joker", "geprobeerd", "gedaan"]
    assert "24 nov 2026" in table


async def test_before_the_first_round_there_is_no_table(signed_in: Browser) -> None:
    assert "Er is nog geen ronde geweest" in await signed_in.opens("own")
    assert "<table" not in signed_in.html


@pytest.mark.parametrize("path", ["own", "diary", "rhythm", "privacy", "privacy/erase"])
async def test_a_page_has_one_heading_and_nothing_that_the_policy_forbids(
    signed_in: Browser, path: str
) -> None:
    await signed_in.opens(path)
    assert signed_in.html.count("<h1") == 1
    assert not re.search(r"\sstyle=|<script|<style|\son[a-z]+=", signed_in.html)
    numbers = re.findall(r'\sid="([^"]+)"', signed_in.html)
    assert len(numbers) == len(set(numbers))


async def test_in_english(signed_in: Browser, member: FakeMember) -> None:
    await member.round("Gedaan")
    await signed_in.signs_in(member)
    await member.says("/language English")
    assert "Your streak: 1 round." in await signed_in.opens("own")
    assert "Your rounds of the last half year" in signed_in.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("diary", "Search your diary"),
        ("rhythm", "Your rhythm is now: every workday at 9:30."),
        ("privacy", "What you write I keep encrypted."),
        ("privacy/erase", "Erase everything"),
    ],
)
async def test_the_other_pages_in_english(
    signed_in: Browser, member: FakeMember, path: str, words: str
) -> None:
    await member.says("/language English")
    assert words in await signed_in.opens(path)
    assert 'lang="en"' in signed_in.html


def test_a_column_is_a_week() -> None:
    monday, today = date(2026, 11, 16), date(2026, 11, 24)
    cells = cells_of(monday, today, {date(2026, 11, 24): "done"})
    assert len(cells) == 9
    assert cells[0] == Cell(LEFT, TOP, "rest")
    assert cells[-1] == Cell(LEFT + STEP, TOP + STEP, "done")

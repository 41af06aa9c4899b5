"""One person on two channels: codes, one streak, one diary, and nudges where they want them."""

import asyncio
import re
from dataclasses import dataclass

import pytest

from bot.app import build
from bot.channels.base import Unreachable
from bot.messages import Left
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


@dataclass
class Two:
    """A house with two channels, and the same person's chats on both."""

    telegram: FakeMember
    matrix: FakeMember
    clock: FixedClock

    async def code(self, of: FakeMember) -> str:
        """A fresh code, made in one of the chats."""
        await of.says("/koppel")
        found = re.search(r"/koppel (\w{4}-\w{4})", of.last.text)
        assert found is not None
        return found[1]

    async def link(self) -> None:
        """The chat on Matrix becomes one with the one on Telegram."""
        await self.matrix.says(f"/koppel {await self.code(self.telegram)}")

    async def tick(self) -> None:
        """What is due is sent."""
        await self.telegram.application.sending.tick()


@pytest.fixture
async def two(database: Database, vault: Vault, clock: FixedClock) -> Two:
    """Somebody who takes part on Telegram, and has said nothing on Matrix yet."""
    papers = FakeChannel(name="telegram"), FakeChannel(name="matrix")
    application = build(database, vault, papers, clock, "nl", "Europe/Amsterdam")
    telegram, matrix = (
        FakeMember(application, fake_channel, clock, f"{fake_channel.name}-7")
        for fake_channel in papers
    )
    await telegram.joins("ma-zo 9:30")
    return Two(telegram, matrix, clock)


def nudges_of(someone: FakeMember) -> int:
    """How many nudges came in this chat."""
    return sum("Lef:" in sheet.text for sheet in someone.messages)


async def test_a_chat_that_is_new_joins_without_questions(two: Two) -> None:
    await two.telegram.round("Gedaan", "Ik vroeg door.")
    await two.link()
    assert "Deze chat is nu ook van jou" in two.matrix.last.text
    assert "Matrix" in two.telegram.last.text
    assert await two.matrix.streak() == "Je reeks: 1 ronde."
    assert (await two.matrix.member()).id == (await two.telegram.member()).id


async def test_two_members_become_one_with_one_streak_and_one_diary(two: Two) -> None:
    await two.matrix.joins("ma-zo 10:30")
    for _ in range(2):  # one day on Telegram, the other one elsewhere: a round each day
        await two.telegram.waits_for_nudge()
        await two.matrix.waits_for_nudge()
    await two.telegram.presses("Gedaan", two.telegram.messages[-1])
    await two.telegram.says("Op Telegram geschreven.")
    await two.matrix.presses("Gedaan")
    await two.matrix.says("Op Matrix geschreven.")
    await two.link()
    assert await two.telegram.streak() == "Je reeks: 1 ronde."
    await two.matrix.says("/terugblik")
    written = "\n".join(sheet.text for sheet in two.matrix.messages)
    assert "Op Telegram geschreven." in written and "Op Matrix geschreven." in written
    await two.telegram.waits_for_nudge()
    assert nudges_of(two.telegram) + nudges_of(two.matrix) == 5


async def test_what_one_left_on_a_day_that_the_other_did_costs_nothing(two: Two) -> None:
    await two.matrix.joins("ma-zo 10:30")
    await two.telegram.round("Gedaan", "Eerste dag.")
    await two.matrix.waits_for_nudge()
    await two.telegram.waits_for_nudge()
    await two.matrix.round("Gedaan", "Tweede dag.")
    await two.telegram.round("Gedaan", "Derde dag.")
    await two.link()
    assert await two.matrix.streak() == "Je reeks: 3 rondes."


@pytest.mark.parametrize("where", ["Telegram", "Matrix"])
async def test_nudges_come_where_they_want_them(two: Two, where: str) -> None:
    await two.link()
    await two.matrix.presses(where, two.matrix.last)
    await two.telegram.waits_for_nudge()
    assert nudges_of(two.telegram) == (where == "Telegram")
    assert nudges_of(two.matrix) == (where == "Matrix")
    await two.telegram.says("gedaan")
    assert "gedaan is gedaan" in two.telegram.last.text


async def test_who_closes_one_chat_goes_on_in_the_other(two: Two) -> None:
    await two.link()
    await two.matrix.presses("Telegram", two.matrix.last)
    await two.telegram.does(Left())
    await two.matrix.waits_for_nudge()
    assert nudges_of(two.matrix) == 1


async def test_a_nudge_that_cannot_arrive_goes_to_the_other_chat(two: Two) -> None:
    await two.link()
    await two.matrix.presses("Telegram", two.matrix.last)
    two.telegram.fake_channel.fails_with = [Unreachable("blocked")]
    await two.telegram.waits_for_nudge()
    await two.tick()
    assert (nudges_of(two.telegram), nudges_of(two.matrix)) == (0, 1)


async def test_a_chat_can_be_unlinked_and_one_stays(two: Two) -> None:
    await two.link()
    await two.matrix.says("/koppel")
    assert "Telegram, Matrix" in two.matrix.last.text
    await two.matrix.presses("Telegram loskoppelen")
    await two.matrix.says("/koppel")
    assert two.matrix.last.labels == []
    await two.matrix.waits_for_nudge()
    assert nudges_of(two.matrix) == 1
    await two.telegram.says("/reeks")
    assert "/start" in two.telegram.last.text


@pytest.mark.parametrize("spoilt", ["ABCD-EFGH", "x", "K7QF-2MPX; DROP TABLE", "🙂"])
async def test_a_code_that_is_none(two: Two, spoilt: str) -> None:
    await two.matrix.says(f"/koppel {spoilt}")
    assert two.matrix.last.text.startswith("Die code werkt niet")
    await two.telegram.says(f"/koppel {spoilt}")
    assert two.telegram.last.text.startswith("Die code werkt niet")


async def test_a_code_works_once_and_for_a_quarter_of_an_hour(two: Two) -> None:
    code = await two.code(two.telegram)
    await two.telegram.says(f"/koppel {code}")
    assert "andere chat" in two.telegram.last.text
    two.clock.passes(minutes=16)
    await two.matrix.says(f"/koppel {code}")
    assert two.matrix.last.text.startswith("Die code werkt niet")
    fresh = await two.code(two.telegram)
    await two.matrix.says(f"/koppel {fresh.lower().replace('-', '')}")
    assert "Deze chat is nu ook van jou" in two.matrix.last.text
    third = FakeMember(two.matrix.application, two.matrix.fake_channel, two.clock, "derde")
    await third.says(f"/koppel {fresh}")
    assert third.last.text.startswith("Die code werkt niet")


async def test_of_two_who_use_a_code_at_once_one_gets_in(two: Two) -> None:
    code = await two.code(two.telegram)
    third = FakeMember(two.matrix.application, two.matrix.fake_channel, two.clock, "derde")
    await asyncio.gather(two.matrix.says(f"/koppel {code}"), third.says(f"/koppel {code}"))
    told = sorted(one.last.text[:9] for one in (two.matrix, third))
    assert told == ["Deze chat", "Die code "]


async def test_erasing_is_for_both_chats(two: Two) -> None:
    await two.link()
    await two.matrix.says("/vergeetmij")
    await two.matrix.presses("Ja")
    for chat in (two.telegram, two.matrix):
        await chat.says("/reeks")
        assert "/start" in chat.last.text


async def test_two_chats_on_one_platform_stay_two(two: Two) -> None:
    other = FakeMember(two.telegram.application, two.telegram.fake_channel, two.clock, "telegram-8")
    await other.joins("ma-zo 9:30")
    code = await two.code(two.telegram)
    await other.says(f"/koppel {code}")
    assert "al een chat op Telegram" in other.last.text
    assert (await other.member()).id != (await two.telegram.member()).id
    await two.matrix.says(f"/koppel {code}")  # nothing is lost by it, not even the code
    assert "ook van jou" in two.matrix.last.text


async def test_a_stranger_with_a_second_chat_on_one_platform_stays_one(two: Two) -> None:
    other = FakeMember(two.telegram.application, two.telegram.fake_channel, two.clock, "telegram-8")
    code = await two.code(two.telegram)
    await other.says(f"/koppel {code}")
    assert "al een chat op Telegram" in other.last.text
    await two.matrix.says(f"/koppel {code}")
    assert "ook van jou" in two.matrix.last.text


async def test_what_only_the_other_one_chose_holds(two: Two) -> None:
    await two.matrix.says("/start")  # who never came to the second question
    code = await two.code(two.matrix)
    await two.telegram.says(f"/koppel {code}")
    member = await two.matrix.member()
    assert member.welcomed and member.expecting is None
    await two.telegram.waits_for_nudge()
    assert nudges_of(two.telegram) + nudges_of(two.matrix) == 1


async def test_a_moment_that_has_come_is_not_passed_over(two: Two) -> None:
    await two.matrix.joins("ma-zo 9:30")
    two.clock.goes_to(24, 11, 9, 29)
    code = await two.code(two.telegram)
    two.clock.goes_to(24, 11, 9, 30)
    await two.matrix.says(f"/koppel {code}")
    await two.tick()
    assert nudges_of(two.telegram) + nudges_of(two.matrix) == 1


async def test_the_channel_they_chose_is_marked(two: Two) -> None:
    await two.link()
    await two.matrix.presses("Telegram", two.matrix.last)
    await two.matrix.says("/koppel")
    assert two.matrix.last.labels[:2] == ["Matrix", "Telegram ✓"]

"""One person on two channels: codes, one streak, one diary, and nudges where they want them."""

import asyncio

import pytest

from bot.channels.base import Unreachable
from bot.membership import Left
from tests.delivery.linked_chats import LinkedChats, nudges_of
from tests.support.fakes import FakeMember


async def test_a_chat_that_is_new_joins_without_questions(chats: LinkedChats) -> None:
    await chats.telegram.round("Gedaan", "Ik vroeg door.")
    await chats.link()
    assert "Deze chat hoort nu ook bij jou" in chats.matrix.last.text
    assert "Matrix" in chats.telegram.last.text
    assert await chats.matrix.streak() == "Je reeks: 1 ronde."
    assert (await chats.matrix.member()).id == (await chats.telegram.member()).id


async def test_two_members_become_one_with_one_streak_and_one_diary(chats: LinkedChats) -> None:
    await chats.matrix.joins("ma-zo 10:30")
    for _ in range(2):  # one day on Telegram, the other one elsewhere: a round each day
        await chats.telegram.waits_for_nudge()
        await chats.matrix.waits_for_nudge()
    await chats.telegram.presses("Gedaan", chats.telegram.messages[-1])
    await chats.telegram.says("Op Telegram geschreven.")
    await chats.matrix.presses("Gedaan")
    await chats.matrix.says("Op Matrix geschreven.")
    await chats.link()
    assert await chats.telegram.streak() == "Je reeks: 1 ronde."
    await chats.matrix.says("/terugblik")
    written = "\n".join(sheet.text for sheet in chats.matrix.messages)
    assert "Op Telegram geschreven." in written and "Op Matrix geschreven." in written
    await chats.telegram.waits_for_nudge()
    assert nudges_of(chats.telegram) + nudges_of(chats.matrix) == 5


async def test_what_one_left_on_a_day_that_the_other_did_costs_nothing(chats: LinkedChats) -> None:
    await chats.matrix.joins("ma-zo 10:30")
    await chats.telegram.round("Gedaan", "Eerste dag.")
    await chats.matrix.waits_for_nudge()
    await chats.telegram.waits_for_nudge()
    await chats.matrix.round("Gedaan", "Tweede dag.")
    await chats.telegram.round("Gedaan", "Derde dag.")
    await chats.link()
    assert await chats.matrix.streak() == "Je reeks: 3 rondes."


@pytest.mark.parametrize("where", ["Telegram", "Matrix"])
async def test_nudges_come_where_they_want_them(chats: LinkedChats, where: str) -> None:
    await chats.link()
    await chats.matrix.presses(where, chats.matrix.last)
    await chats.telegram.waits_for_nudge()
    assert nudges_of(chats.telegram) == (where == "Telegram")
    assert nudges_of(chats.matrix) == (where == "Matrix")
    await chats.telegram.says("gedaan")
    assert "gedaan is gedaan" in chats.telegram.last.text


async def test_who_closes_one_chat_goes_on_in_the_other(chats: LinkedChats) -> None:
    await chats.link()
    await chats.matrix.presses("Telegram", chats.matrix.last)
    await chats.telegram.does(Left())
    await chats.matrix.waits_for_nudge()
    assert nudges_of(chats.matrix) == 1


async def test_a_nudge_that_cannot_arrive_goes_to_the_other_chat(chats: LinkedChats) -> None:
    await chats.link()
    await chats.matrix.presses("Telegram", chats.matrix.last)
    chats.telegram.fake_channel.fails_with = [Unreachable("blocked")]
    await chats.telegram.waits_for_nudge()
    await chats.tick()
    assert (nudges_of(chats.telegram), nudges_of(chats.matrix)) == (0, 1)


async def test_a_chat_can_be_unlinked_and_one_stays(chats: LinkedChats) -> None:
    await chats.link()
    await chats.week_passes()
    await chats.matrix.says("/koppel")
    assert "Telegram, Matrix" in chats.matrix.last.text
    await chats.matrix.presses("Telegram loskoppelen")
    await chats.matrix.says("/koppel")
    assert chats.matrix.last.labels == []
    await chats.matrix.waits_for_nudge()
    assert nudges_of(chats.matrix) == 1
    await chats.telegram.says("/reeks")
    assert "/start" in chats.telegram.last.text


@pytest.mark.parametrize("spoilt", ["ABCD-EFGH", "x", "K7QF-2MPX; DROP TABLE", "🙂"])
async def test_a_code_that_is_none(chats: LinkedChats, spoilt: str) -> None:
    await chats.matrix.says(f"/koppel {spoilt}")
    assert chats.matrix.last.text.startswith("Die code werkt niet")
    await chats.telegram.says(f"/koppel {spoilt}")
    assert chats.telegram.last.text.startswith("Die code werkt niet")


async def test_a_code_works_once_and_for_a_quarter_of_an_hour(chats: LinkedChats) -> None:
    code = await chats.code(chats.telegram)
    await chats.telegram.says(f"/koppel {code}")
    assert "andere chat" in chats.telegram.last.text
    chats.clock.passes(minutes=16)
    await chats.matrix.says(f"/koppel {code}")
    assert chats.matrix.last.text.startswith("Die code werkt niet")
    fresh = await chats.code(chats.telegram)
    await chats.uses(fresh.lower().replace("-", ""))
    assert "Deze chat hoort nu ook bij jou" in chats.matrix.last.text
    third = FakeMember(chats.matrix.application, chats.matrix.fake_channel, chats.clock, "derde")
    await third.says(f"/koppel {fresh}")
    assert third.last.text.startswith("Die code werkt niet")


async def test_of_two_who_use_a_code_at_once_one_gets_in(chats: LinkedChats) -> None:
    code = await chats.code(chats.telegram)
    third = FakeMember(chats.matrix.application, chats.matrix.fake_channel, chats.clock, "derde")
    await asyncio.gather(chats.matrix.says(f"/koppel {code}"), third.says(f"/koppel {code}"))
    answers = sorted(member.last.text[:9] for member in (chats.matrix, third))
    assert answers == ["Die code ", "Je gaat d"]


async def test_erasing_is_for_both_chats(chats: LinkedChats) -> None:
    await chats.link()
    await chats.week_passes()  # until then it is for one chat alone
    await chats.matrix.says("/vergeetmij")
    await chats.matrix.presses("Ja")
    for chat in (chats.telegram, chats.matrix):
        await chat.says("/reeks")
        assert "/start" in chat.last.text


async def test_two_chats_on_one_platform_stay_two(chats: LinkedChats) -> None:
    other = FakeMember(
        chats.telegram.application, chats.telegram.fake_channel, chats.clock, "telegram-8"
    )
    await other.joins("ma-zo 9:30")
    code = await chats.code(chats.telegram)
    await other.says(f"/koppel {code}")
    assert "al een chat op Telegram" in other.last.text
    assert (await other.member()).id != (await chats.telegram.member()).id
    await chats.uses(code)  # nothing is lost by it, not even the code
    assert "ook bij jou" in chats.matrix.last.text


async def test_a_stranger_with_a_second_chat_on_one_platform_stays_one(chats: LinkedChats) -> None:
    other = FakeMember(
        chats.telegram.application, chats.telegram.fake_channel, chats.clock, "telegram-8"
    )
    code = await chats.code(chats.telegram)
    await other.says(f"/koppel {code}")
    assert "al een chat op Telegram" in other.last.text
    await chats.uses(code)
    assert "ook bij jou" in chats.matrix.last.text


async def test_what_only_the_other_one_chose_holds(chats: LinkedChats) -> None:
    await chats.matrix.says("/start")  # who never came to the second question
    code = await chats.code(chats.matrix)
    await chats.uses(code, chats.matrix)
    member = await chats.matrix.member()
    assert member.welcomed and member.expecting is None
    await chats.telegram.waits_for_nudge()
    assert nudges_of(chats.telegram) + nudges_of(chats.matrix) == 1


async def test_a_moment_that_has_come_is_not_passed_over(chats: LinkedChats) -> None:
    await chats.matrix.joins("ma-zo 9:30")
    chats.clock.goes_to(24, 11, 9, 29)
    code = await chats.code(chats.telegram)
    chats.clock.goes_to(24, 11, 9, 30)
    await chats.uses(code)
    await chats.tick()
    assert nudges_of(chats.telegram) + nudges_of(chats.matrix) == 1


async def test_the_channel_they_chose_is_marked(chats: LinkedChats) -> None:
    await chats.link()
    await chats.matrix.presses("Telegram", chats.matrix.last)
    await chats.matrix.says("/koppel")
    assert chats.matrix.last.labels[:2] == ["Matrix", "Telegram ✓"]


async def test_absences_of_both_chats_stay_and_the_same_ones_are_kept_once(
    chats: LinkedChats,
) -> None:
    await chats.matrix.joins("ma-zo 10:30")
    await chats.telegram.says("/pauze 24 dec - 3 jan")
    await chats.matrix.says("/pauze 24 dec - 3 jan")
    await chats.matrix.says("/pauze 30 nov - 4 dec")
    await chats.matrix.says("/pauze")
    await chats.link()
    await chats.telegram.says("/hervat")
    assert "Je vrije dagen 30 nov – 4 dec en 24 dec 2026 – 3 jan 2027" in chats.telegram.last.text
    assert len((await chats.telegram.member()).absence_rows) == 2

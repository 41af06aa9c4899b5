"""The week's message in a team's group: when it comes, that it comes once, and when not."""

import re
from datetime import timedelta

import pytest

from bot.app import build
from bot.channels.base import MessageRejected, SendError, TemporaryFailure, Unreachable
from bot.messages import Outgoing
from bot.store.teams import teams
from tests.conversation.teams import GROUP, Team
from tests.delivery.begun_team import group, prepared_copy
from tests.delivery.team_chat import QUESTION, InterruptedChannel, TeamChat, another_process
from tests.support.fakes import FakeChannel

__all__ = ["group", "prepared_copy"]  # fixtures


# When it comes, and how often


async def test_on_friday_the_group_hears_how_the_team_is_doing(group: TeamChat) -> None:
    await group.week()
    await group.shares(0, "Ik vroeg door.")
    group.team.clock.goes_to(27, 11, 15, 29)
    assert await group.tick() == 0 and group.digests == []
    [digest] = await group.friday()
    assert "Hier groeit straks jullie druppel." in digest.text
    assert "Wat collega’s deelden:" in digest.text and "“Ik vroeg door.”\n– Lid1" in digest.text
    assert digest.text.count("Voor bij de koffie op maandag: ") == 1
    [drawn] = group.pictures
    assert drawn.message.picture is not None
    assert drawn.message.picture.drawing.draw().startswith(b"\x89PNG")


@pytest.mark.slow
async def test_it_is_told_once_however_often_is_looked(group: TeamChat) -> None:
    await group.week()
    await group.friday()
    for _ in range(3):
        await group.later()
        await another_process(group).digest_sender.tick()
    group.team.clock.passes(days=2)
    await group.tick()
    assert len(group.digests) == len(group.pictures) == 1


async def test_two_processes_at_once_tell_it_once(group: TeamChat) -> None:
    await group.week()
    group.team.clock.goes_to(27, 11, 15, 30)
    assert [await group.tick(), await another_process(group).digest_sender.tick()] == [1, 0]
    assert len(group.digests) == 1


async def test_each_week_has_its_own(group: TeamChat) -> None:
    await group.week()
    await group.friday()
    await group.week(1, 12)
    first, second = await group.friday(4, 12)
    await group.week(8, 12, did=5)
    *_, third = await group.friday(11, 12)
    assert "op rij" not in first.text
    assert "1 week op rij. Vorige week deed ongeveer de helft mee." in second.text
    assert "2 weken op rij" in third.text
    assert first.text.rpartition(QUESTION)[2] != second.text.rpartition(QUESTION)[2]


async def test_after_a_crash_it_goes_out_again_under_the_same_key(group: TeamChat) -> None:
    def power_cut(to: str, message: Outgoing) -> None:
        if QUESTION in message.text:
            raise KeyError(to)

    await group.week()
    group.team.clock.goes_to(27, 11, 15, 30)
    await another_process(
        group, InterruptedChannel(group.team.fake_channel, after=power_cut)
    ).digest_sender.tick()
    await group.later()
    assert len(group.digests) == 1  # its lease still runs
    group.team.clock.passes(seconds=60)
    await group.tick()
    number = (await group.row()).id
    assert group.team.fake_channel.keys.count(f"digest-{number}") == 2
    group.team.clock.passes(hours=1)
    await group.tick()
    assert len(group.digests) == 2 and (await group.row()).receipt == group.digests[1].id


async def test_a_repeat_is_told_anew_for_a_platform_that_kept_the_first_words(
    group: TeamChat,
) -> None:
    await group.week()
    group.team.fake_channel.fails_with = [TemporaryFailure("slow")]
    await group.friday()
    group.team.clock.passes(minutes=1)
    await group.tick()
    await group.later()
    assert [digest.edits for digest in group.digests] == [1]
    await group.later()
    assert [digest.edits for digest in group.digests] == [1]


async def test_one_that_waited_for_days_is_not_told_any_more(group: TeamChat) -> None:
    await group.week()
    group.team.fake_channel.fails_with = [TemporaryFailure("down", timedelta(seconds=1))]
    await group.friday()
    group.team.clock.passes(days=3)
    assert await group.tick() == 0 and group.digests == []
    assert (await group.row()).send_at is None


async def test_who_was_down_on_friday_tells_it_within_a_day_or_not_at_all(
    group: TeamChat,
) -> None:
    await group.week()
    group.team.clock.goes_to(28, 11, 15, 30)
    await group.tick()
    assert len(group.digests) == 1
    await group.week(1, 12)
    group.team.clock.goes_to(5, 12, 15, 31)
    await group.tick()
    assert len(group.digests) == 1
    await group.week(8, 12)
    await group.friday(11, 12)
    assert len(group.digests) == 2


async def test_trouble_is_tried_again_with_one_picture(group: TeamChat) -> None:
    troubles = [TemporaryFailure("slow", timedelta(minutes=2)), SendError("no")]

    def stutters(to: str, message: Outgoing) -> None:
        if QUESTION in message.text and troubles:
            raise troubles.pop(0)

    await group.week()
    group.team.clock.goes_to(27, 11, 15, 30)
    built = another_process(group, InterruptedChannel(group.team.fake_channel, before=stutters))
    assert await built.digest_sender.tick() == 1
    group.team.clock.passes(seconds=119)
    assert await built.digest_sender.tick() == 0
    for _ in range(2):
        group.team.clock.passes(minutes=5)
        await built.digest_sender.tick()
    assert len(group.digests) == len(group.pictures) == 1 and not troubles


@pytest.mark.slow
async def test_it_is_given_up_in_the_end(group: TeamChat) -> None:
    await group.week()
    group.team.fake_channel.fails_with = [TemporaryFailure("down") for _ in range(100)]
    await group.friday()
    for _ in range(60):
        group.team.clock.passes(minutes=11)
        await group.tick()
    assert group.digests == [] and (await group.row()).attempts == 30
    group.team.fake_channel.fails_with = []
    assert await group.tick() == 0


async def test_a_fault_of_ours_with_one_digest_is_no_fault_with_another(
    group: TeamChat,
) -> None:
    def cannot(to: str, message: Outgoing) -> None:
        if to == GROUP:
            raise KeyError(to)

    other = await group.second_team()
    await group.week()
    group.team.clock.goes_to(27, 11, 15, 30)
    assert (
        await another_process(
            group, InterruptedChannel(group.team.fake_channel, before=cannot)
        ).digest_sender.tick()
        == 2
    )
    assert group.digests == [] and QUESTION in group.team.fake_channel.messages[other][-1].text


# Where it cannot be told


@pytest.mark.parametrize(
    ("error", "sentence", "chats"),
    [
        (Unreachable("gone"), "uit de groep van Griffie gehaald", 0),
        (MessageRejected("no rights"), "mag ik niets meer zeggen", 1),
    ],
)
async def test_the_lead_hears_why_a_group_hears_nothing(
    group: TeamChat, error: SendError, sentence: str, chats: int
) -> None:
    await group.week()
    group.team.fake_channel.fails_with = [error]
    assert await group.friday() == []
    assert await group.application.outbox_sender.tick() == 1
    assert sentence in group.lead.last.text
    async with group.application.database.reading() as session:
        assert len(await teams.group_chats_of(session, (await group.team.row()).id)) == chats
    before = len(group.lead.messages)
    group.team.clock.passes(hours=1)
    assert await group.tick() == await group.application.outbox_sender.tick() == 0
    assert len(group.lead.messages) == before


async def test_a_group_that_was_deleted_is_not_looked_for_next_week(group: TeamChat) -> None:
    await group.week()
    group.team.fake_channel.fails_with = [Unreachable("gone")]
    await group.friday()
    await group.week(1, 12)
    await group.friday(4, 12)
    assert group.digests == []
    await group.team.has_group()
    await group.week(8, 12)
    await group.friday(11, 12)
    assert len(group.digests) == 1


async def test_each_channel_has_its_own(group: TeamChat) -> None:
    application, clock, other = (
        group.application,
        group.team.clock,
        FakeChannel(name="other"),
    )
    channels = [group.team.fake_channel, other]
    built = build(application.database, application.vault, channels, clock)
    await Team(built, other, clock, chat="group-2").has_group()
    await group.week()
    group.team.clock.goes_to(27, 11, 15, 30)
    assert await built.digest_sender.tick() == 2
    assert await built.digest_sender.tick() == 0
    assert len(group.digests) == 1 and QUESTION in other.messages["group-2"][-1].text


# When there is none


async def test_the_lead_moves_it_to_thursday(group: TeamChat) -> None:
    await group.lead.says("/team digest do 15:30")
    await group.week()
    group.team.clock.goes_to(26, 11, 15, 30)
    await group.tick()
    assert len(group.digests) == 1
    await group.friday()
    assert len(group.digests) == 1


async def test_moving_it_after_it_came_brings_no_second(group: TeamChat) -> None:
    await group.lead.says("/team digest do 15:30")
    await group.week()
    group.team.clock.goes_to(26, 11, 15, 30)
    await group.tick()
    await group.lead.says("/team digest vr 15:30")
    await group.friday()
    assert len(group.digests) == 1


async def test_the_lead_mutes_it_and_wants_it_again(group: TeamChat) -> None:
    await group.lead.says("/team digest uit")
    await group.week()
    assert await group.friday() == []
    await group.lead.says("/team digest vr 15:30")
    await group.week(1, 12)
    assert len(await group.friday(4, 12)) == 1


async def test_nothing_of_a_week_in_which_nobody_had_a_round(group: TeamChat) -> None:
    for member in group.people:
        await member.says("/pauze 1 week")
    await group.week(did=0)
    assert not any("Lef:" in sheet.text for sheet in group.lead.messages)
    assert await group.friday() == []


async def test_nothing_on_a_public_holiday(group: TeamChat) -> None:
    await group.week(22, 12)
    assert await group.friday(25, 12) == []
    await group.week(29, 12)
    group.team.clock.goes_to(1, 1, 15, 30, year=2027)
    await group.tick()
    assert group.digests == []
    await group.lead.says("/team digest do 15:30")
    for hour, minute in ((8, 0), (9, 30)):
        group.team.clock.goes_to(5, 1, hour, minute, year=2027)
        await group.application.nudge_sender.tick()
    group.team.clock.goes_to(7, 1, 15, 30, year=2027)
    await group.tick()
    assert len(group.digests) == 1


async def test_nothing_when_fewer_than_five_had_a_round(group: TeamChat) -> None:
    await group.people[4].says("/team verberg")
    await group.week()
    assert await group.friday() == []


async def test_after_a_quiet_week_there_is_no_number_and_no_blame(group: TeamChat) -> None:
    await group.week(did=1)
    await group.friday()
    await group.week(1, 12)
    [_, digest] = await group.friday(4, 12)
    assert "Vorige week was het rustiger." in digest.text
    assert not re.search(r"\d", digest.text.partition(QUESTION)[0].replace("13 weken", ""))


async def test_no_answer_of_the_week_that_runs_is_in_the_digest(group: TeamChat) -> None:
    await group.week(did=0)
    [quiet] = await group.friday()
    for member in group.people:
        await member.presses("Gedaan")
    await group.team.hears("/team")
    board = group.team.group[-1].text
    assert board == quiet.text.partition("\n\n")[0]

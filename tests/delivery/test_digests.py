"""The week's message in a team's group: when it comes, that it comes once, and when not."""

from datetime import timedelta

import pytest

from bot.app import Application, build
from bot.channels.base import MessageRejected, SendError, TemporaryFailure, Unreachable
from bot.messages import Outgoing
from bot.store.teams import teams
from tests.conversation.teams import GROUP, Team
from tests.delivery.team_chat import TOLD, InterruptedChannel, Office, again
from tests.support.fakes import FakeChannel, FixedClock


@pytest.fixture
async def office(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> Office:
    """A team of five with a group chat."""
    found = Office(Team(application, fake_channel, clock))
    await found.begins()
    return found


# When it comes, and how often


async def test_on_friday_the_group_hears_how_the_week_went(office: Office) -> None:
    await office.week()
    await office.shares(0, "Ik vroeg door.")
    office.team.clock.goes_to(27, 11, 15, 29)
    assert await office.tick() == 0 and office.digests == []
    [digest] = await office.friday()
    assert "1 week op rij. Deze week telt al mee." in digest.text
    assert "Wat collega’s deelden:" in digest.text and "“Ik vroeg door.”\n– Lid1" in digest.text
    assert digest.text.count("Voor bij de koffie op maandag: ") == 1
    [drawn] = office.pictures
    assert drawn.message.picture is not None
    assert drawn.message.picture.draw().startswith(b"\x89PNG")


async def test_it_is_told_once_however_often_is_looked(office: Office) -> None:
    await office.week()
    await office.friday()
    for _ in range(3):
        await office.later()
        await again(office).digests.tick()
    office.team.clock.passes(days=2)
    await office.tick()
    assert len(office.digests) == len(office.pictures) == 1


async def test_two_processes_at_once_tell_it_once(office: Office) -> None:
    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    assert [await office.tick(), await again(office).digests.tick()] == [1, 0]
    assert len(office.digests) == 1


async def test_each_week_has_its_own(office: Office) -> None:
    await office.week()
    await office.friday()
    await office.week(1, 12)
    first, second = await office.friday(4, 12)
    assert "1 week op rij" in first.text and "2 weken op rij" in second.text
    assert first.text.rpartition(TOLD)[2] != second.text.rpartition(TOLD)[2]


async def test_after_a_crash_it_goes_out_again_under_the_same_key(office: Office) -> None:
    def power_cut(to: str, message: Outgoing) -> None:
        if TOLD in message.text:
            raise KeyError(to)

    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    await again(
        office, InterruptedChannel(office.team.fake_channel, after=power_cut)
    ).digests.tick()
    await office.later()
    assert len(office.digests) == 1  # its lease still runs
    office.team.clock.passes(seconds=60)
    await office.tick()
    number = (await office.row()).id
    assert office.team.fake_channel.keys.count(f"digest-{number}") == 2
    office.team.clock.passes(hours=1)
    await office.tick()
    assert len(office.digests) == 2 and (await office.row()).receipt == office.digests[1].id


async def test_a_repeat_is_told_anew_for_a_platform_that_kept_the_first_words(
    office: Office,
) -> None:
    await office.week()
    office.team.fake_channel.fails_with = [TemporaryFailure("slow")]
    await office.friday()
    office.team.clock.passes(minutes=1)
    await office.tick()
    await office.later()
    assert [digest.edits for digest in office.digests] == [1]
    await office.later()
    assert [digest.edits for digest in office.digests] == [1]


async def test_one_that_waited_for_days_is_not_told_any_more(office: Office) -> None:
    await office.week()
    office.team.fake_channel.fails_with = [TemporaryFailure("down", timedelta(seconds=1))]
    await office.friday()
    office.team.clock.passes(days=3)
    assert await office.tick() == 0 and office.digests == []
    assert (await office.row()).send_at is None


async def test_who_was_down_on_friday_tells_it_within_a_day_or_not_at_all(office: Office) -> None:
    await office.week()
    office.team.clock.goes_to(28, 11, 15, 30)
    await office.tick()
    assert len(office.digests) == 1
    await office.week(1, 12)
    office.team.clock.goes_to(5, 12, 15, 31)
    await office.tick()
    assert len(office.digests) == 1
    await office.week(8, 12)
    await office.friday(11, 12)
    assert len(office.digests) == 2


async def test_trouble_is_tried_again_with_one_picture(office: Office) -> None:
    troubles = [TemporaryFailure("slow", timedelta(minutes=2)), SendError("no")]

    def stutters(to: str, message: Outgoing) -> None:
        if TOLD in message.text and troubles:
            raise troubles.pop(0)

    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    there = again(office, InterruptedChannel(office.team.fake_channel, before=stutters))
    assert await there.digests.tick() == 1
    office.team.clock.passes(seconds=119)
    assert await there.digests.tick() == 0
    for _ in range(2):
        office.team.clock.passes(minutes=5)
        await there.digests.tick()
    assert len(office.digests) == len(office.pictures) == 1 and not troubles


async def test_it_is_given_up_in_the_end(office: Office) -> None:
    await office.week()
    office.team.fake_channel.fails_with = [TemporaryFailure("down") for _ in range(100)]
    await office.friday()
    for _ in range(60):
        office.team.clock.passes(minutes=11)
        await office.tick()
    assert office.digests == [] and (await office.row()).attempts == 30
    office.team.fake_channel.fails_with = []
    assert await office.tick() == 0


async def test_a_fault_of_ours_with_one_digest_is_no_fault_with_another(office: Office) -> None:
    def cannot(to: str, message: Outgoing) -> None:
        if to == GROUP:
            raise KeyError(to)

    other = await office.second_team()
    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    assert (
        await again(
            office, InterruptedChannel(office.team.fake_channel, before=cannot)
        ).digests.tick()
        == 2
    )
    assert office.digests == [] and TOLD in office.team.fake_channel.messages[other][-1].text


# Where it cannot be told


@pytest.mark.parametrize(
    ("error", "told", "chats"),
    [
        (Unreachable("gone"), "uit de groep van Griffie gehaald", 0),
        (MessageRejected("no rights"), "mag ik niets meer zeggen", 1),
    ],
)
async def test_the_lead_hears_why_a_group_hears_nothing(
    office: Office, error: SendError, told: str, chats: int
) -> None:
    await office.week()
    office.team.fake_channel.fails_with = [error]
    assert await office.friday() == []
    assert told in office.lead.last.text
    async with office.application.database.reading() as session:
        assert len(await teams.group_chats_of(session, (await office.team.row()).id)) == chats
    heard = len(office.lead.messages)
    office.team.clock.passes(hours=1)
    assert await office.tick() == 0 and len(office.lead.messages) == heard


async def test_a_group_that_was_deleted_is_not_looked_for_next_week(office: Office) -> None:
    await office.week()
    office.team.fake_channel.fails_with = [Unreachable("gone")]
    await office.friday()
    await office.week(1, 12)
    await office.friday(4, 12)
    assert office.digests == []
    await office.team.has_group()
    await office.week(8, 12)
    await office.friday(11, 12)
    assert len(office.digests) == 1


async def test_each_channel_has_its_own(office: Office) -> None:
    application, clock, other = office.application, office.team.clock, FakeChannel(name="other")
    papers = [office.team.fake_channel, other]
    there = build(application.database, application.vault, papers, clock, "nl", "Europe/Amsterdam")
    await Team(there, other, clock, chat="group-2").has_group()
    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    assert await there.digests.tick() == 2
    assert await there.digests.tick() == 0
    assert len(office.digests) == 1 and TOLD in other.messages["group-2"][-1].text


# When there is none


async def test_the_lead_moves_it_to_thursday(office: Office) -> None:
    await office.lead.says("/team digest do 15:30")
    await office.week()
    office.team.clock.goes_to(26, 11, 15, 30)
    await office.tick()
    assert len(office.digests) == 1
    await office.friday()
    assert len(office.digests) == 1


async def test_moving_it_after_it_came_brings_no_second(office: Office) -> None:
    await office.lead.says("/team digest do 15:30")
    await office.week()
    office.team.clock.goes_to(26, 11, 15, 30)
    await office.tick()
    await office.lead.says("/team digest vr 15:30")
    await office.friday()
    assert len(office.digests) == 1


async def test_the_lead_mutes_it_and_wants_it_again(office: Office) -> None:
    await office.lead.says("/team digest uit")
    await office.week()
    assert await office.friday() == []
    await office.lead.says("/team digest vr 15:30")
    await office.week(1, 12)
    assert len(await office.friday(4, 12)) == 1


async def test_nothing_of_a_week_in_which_nobody_had_a_round(office: Office) -> None:
    for someone in office.people:
        await someone.says("/pauze 1 week")
    await office.week(did=0)
    assert not any("Lef:" in sheet.text for sheet in office.lead.messages)
    assert await office.friday() == []


async def test_nothing_on_a_public_holiday(office: Office) -> None:
    await office.week(22, 12)
    assert await office.friday(25, 12) == []
    await office.week(29, 12)
    office.team.clock.goes_to(1, 1, 15, 30, year=2027)
    await office.tick()
    assert office.digests == []
    await office.lead.says("/team digest do 15:30")
    for hour, minute in ((8, 0), (9, 30)):
        office.team.clock.goes_to(5, 1, hour, minute, year=2027)
        await office.application.sending.tick()
    office.team.clock.goes_to(7, 1, 15, 30, year=2027)
    await office.tick()
    assert len(office.digests) == 1


async def test_nothing_when_fewer_than_four_had_a_round(office: Office) -> None:
    for someone in office.people[3:]:
        await someone.says("/team verberg")
    await office.week()
    assert await office.friday() == []


async def test_below_half_there_is_no_number(office: Office) -> None:
    await office.week(did=2)
    [digest] = await office.friday()
    assert "Het is nog vroeg deze week" in digest.text and "2" not in digest.text.partition(TOLD)[0]

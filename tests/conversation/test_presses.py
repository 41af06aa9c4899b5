"""Forged button data: a modified app can send anything, and none of it may do harm."""

import random

import pytest

from bot.app import Application
from bot.conversation.buttons import BUTTONS
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS
from bot.conversation.team.commands import TEAM_COMMANDS
from bot.conversation.words import Words
from bot.messages import Pressed, Reacted
from bot.store.members import members, roles
from bot.store.teams import shares, teams
from tests.conversation.teams import Team, number_of
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

PIECES = ["1", "2", "999", "-1", "yes", "no", "alone", "too", "٠", "nl", "a" * 60, "", "::", "é"]


@pytest.mark.slow
async def test_no_data_that_somebody_makes_up_does_anything(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, member: FakeMember
) -> None:
    team = Team(application, fake_channel, clock)
    await team.begins()
    lead = await team.member("lead")
    await team.led_by(lead)
    await member.waits_for_nudge()
    faults = {Words(language)("trouble.unknown") for language in ("nl", "en")}
    dice = random.Random(20261125)
    about_teams = [f"team:{command.id}" for command in TEAM_COMMANDS]
    about_nudges = [button.action for button in NUDGE_BUTTONS]
    verbs = [*BUTTONS, *about_nudges, *about_teams, "", "team", "x"]
    for _ in range(1_500):
        data = ":".join([dice.choice(verbs), *dice.choices(PIECES, k=dice.randint(0, 3))])
        await member.does(Pressed(data, member.last.id))
        assert member.notice not in faults and member.last.text not in faults, data
    async with application.database.reading() as session:
        assert await members.find_member(session, *member.address.pair) is not None
        assert [one.address for one in await roles.all_grants(session)] == ["lead"]
        [counted] = await teams.all_teams(session)
    assert (counted.team.name, counted.members) == ("Griffie", 1)
    assert await team.everyone() == {await number_of(lead)}


async def test_what_is_told_twice_does_not_put_off_or_share_again(
    member: FakeMember, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    team = Team(application, fake_channel, clock)
    await team.begins()
    await member.says(f"/start {await team.code()}")
    nudge = await member.waits_for_nudge()
    await member.presses("Later")
    later = Pressed(nudge.action("Over een uur"), nudge.id)
    await member.does(later, "told-1")
    clock.passes(minutes=10)
    await member.does(later, "told-1")
    [row] = await member.nudges()
    assert row.postponed == 1
    await member.round("Gedaan", "Van mij")
    thanks = member.last
    await member.presses("Deel met je team")
    shared = Pressed(thanks.action("Deel met naam"), thanks.id)
    await member.does(shared, "told-2")
    await member.presses("Terugnemen")
    await member.does(shared, "told-2")
    async with application.database.reading() as session:
        assert await shares.shares_of_member(session, await number_of(member)) == {}


async def test_a_heart_under_a_thank_you_changes_nothing(member: FakeMember) -> None:
    await member.round("Gedaan", "Van mij")
    thanks = member.last
    before = thanks.text, thanks.labels
    await member.does(Reacted("❤", thanks.id))
    assert (thanks.text, thanks.labels) == before and member.last is thanks


async def test_a_name_is_kept_without_what_cannot_be_seen(
    application: Application, fake_channel: FakeChannel
) -> None:
    odd = FakeMember(
        application, fake_channel, FixedClock(), "odd", called="\ud800Sanne\n\u202e de\x00 Vries "
    )
    await odd.says("/start \ud800abc")
    assert odd.messages[-1].labels == ["Nederlands", "English"]
    assert (await odd.member()).name is None, "nothing but the chat, before the first answer"
    await odd.presses("Nederlands")
    assert (await odd.member()).name == "Sanne de Vries"

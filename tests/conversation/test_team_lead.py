"""What a lead does, what a lead never gets to see, and what others may not do."""

import re

import pytest

from bot.app import Application
from bot.messages import Pressed
from bot.store.members import roles
from bot.store.schema.teams import Role
from tests.conversation.teams import Team, number_of
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


async def test_an_invitation_to_pass_on(team: Team, lead: FakeMember) -> None:
    await lead.says("/team uitnodigen")
    invitation, note = lead.messages[-2:]
    code = re.search(r"/start (\w{10})", invitation.text)
    assert code is not None and "hoogstens 50 mensen" in invitation.text
    assert note.labels == ["Uitnodigingen intrekken"]
    joost = FakeMember(team.application, team.fake_channel, team.clock, "joost")
    await joost.says(f"/start {code[1]}")
    assert "Je hoort nu bij Griffie" in joost.messages[0].text
    await lead.presses("Uitnodigingen intrekken")
    ali = FakeMember(team.application, team.fake_channel, team.clock, "ali")
    await ali.says(f"/start {code[1]}")
    assert "is ingetrokken" in ali.messages[0].text


@pytest.mark.parametrize(
    "words",
    ["uitnodigen", "intrekken", "leden", "naam Anders", "groep", "digest uit", "overdragen"],
)
async def test_others_are_told_that_only_a_lead_can(
    team: Team, lead: FakeMember, words: str
) -> None:
    sanne = await team.member("sanne")
    await sanne.says(f"/team {words}")
    assert "Dat kan alleen iemand die Griffie leidt" in sanne.last.text
    assert (await team.row()).next_digest_at is not None


async def test_a_press_of_somebody_elses_button_does_nothing(team: Team, lead: FakeMember) -> None:
    sanne, joost = await team.member("sanne"), await team.member("joost")
    number, who = (await team.row()).id, await number_of(joost)
    await sanne.does(Pressed(f"team:remove:{number}:{who}:yes", sanne.last.id))
    await sanne.does(Pressed(f"team:handto:{number}:{await number_of(sanne)}:alone", sanne.last.id))
    assert who in await team.everyone()
    assert "Dat kan alleen" in sanne.last.text


async def test_another_name(team: Team, lead: FakeMember, application: Application) -> None:
    await lead.says("/team naam   De  Griffie 🛢 ")
    assert "De Griffie 🛢" in lead.last.text
    team.name = "de griffie 🛢"  # whichever capitals
    assert (await team.row()).name == "De Griffie 🛢"


@pytest.mark.parametrize("name", ["x" * 61, "", "\u202eomgekeerd"])
async def test_a_name_that_does_not_fit(team: Team, lead: FakeMember, name: str) -> None:
    await lead.says(f"/team naam {name}")
    assert "1 tot 60 tekens" in lead.last.text and (await team.row()).name == "Griffie"


async def test_a_name_that_another_has(
    team: Team,
    lead: FakeMember,
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    await Team(application, fake_channel, clock, "Wijkteam").begins()
    await lead.says("/team naam WIJKTEAM")
    assert "al een team" in lead.last.text and (await team.row()).name == "Griffie"
    await lead.says("/team naam griffie")
    assert "heet nu griffie" in lead.last.text


async def test_who_is_taken_out_is_told(team: Team, lead: FakeMember) -> None:
    sanne = await team.member("sanne", "English")
    await lead.says("/team leden")
    assert "• Lead" in lead.last.text and lead.last.labels == ["Sanne uit het team halen"]
    await lead.presses("Sanne uit het team")
    await lead.presses("Nee, laat staan")
    assert await number_of(sanne) in await team.everyone()
    await lead.presses("Sanne uit het team")
    await lead.presses("Ja, haal Sanne eruit")
    assert await number_of(sanne) not in await team.everyone()
    assert "You are no longer in Griffie" in sanne.last.text
    await lead.presses("Sanne uit het team")  # a list of before
    assert "zit niet meer in Griffie" in lead.last.text


async def test_leading_together(team: Team, lead: FakeMember) -> None:
    sanne = await team.member("sanne")
    await lead.says("/team overdragen")
    await lead.presses("Sanne")
    await lead.presses("Ja, we leiden samen")
    assert "Je leidt nu Griffie" in sanne.last.text
    for someone in (lead, sanne):
        await someone.says("/team leden")
        assert "• Sanne" in someone.last.text


async def test_handing_over(team: Team, lead: FakeMember) -> None:
    sanne = await team.member("sanne")
    await lead.says("/team handover")
    await lead.presses("Sanne")
    await lead.presses("Nee, ik stop als leider")
    await lead.says("/team leden")
    assert "Dat kan alleen iemand die Griffie leidt" in lead.last.text
    await sanne.says("/team uitnodigen")
    assert sanne.last.labels == ["Uitnodigingen intrekken"]


async def test_alone_there_is_nobody_to_hand_to(team: Team, lead: FakeMember) -> None:
    await lead.says("/team overdragen")
    assert "Nodig eerst iemand uit" in lead.last.text


async def test_the_only_lead_hands_over_before_leaving(team: Team, lead: FakeMember) -> None:
    sanne = await team.member("sanne")
    await lead.says("/team verlaat")
    assert "Draag dat eerst over" in lead.last.text
    await lead.says("/team overdragen")
    await lead.presses("Sanne")
    await lead.presses("Ja, we leiden samen")
    await lead.says("/team verlaat")
    await lead.presses("Ja, ik ga weg")
    assert await team.everyone() == {await number_of(sanne)}
    async with team.application.database.reading() as session:
        assert await roles.lead_addresses(session, (await team.row()).id) == [sanne.address.pair]


async def test_a_lead_alone_may_just_leave(team: Team, lead: FakeMember) -> None:
    await lead.says("/team verlaat")
    await lead.presses("Ja, ik ga weg")
    assert await team.everyone() == set()


async def test_who_leads_without_taking_part(team: Team, member: FakeMember) -> None:
    await team.led_by(member)
    await member.says("/team")
    assert "Jij leidt Griffie" in member.last.text and "Weg bij dit team" not in member.last.labels
    for words in ("verberg", "toon", "verlaat"):
        await member.says(f"/team {words}")
        assert "Jij leidt Griffie" in member.last.text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "elke vrijdag om 15:30"),
        ("do 16:00", "elke donderdag om 16:00"),
        ("thu 4 pm", "elke donderdag om 16:00"),
        ("uit", "staat uit"),
        ("off", "staat uit"),
        ("ma-vr 9:30", "Kies één dag"),
        ("vr", "Kies één dag"),
        ("vr 22:00", "Kies één dag"),
        ("wat?", "Kies één dag"),
    ],
)
async def test_when_the_digest_comes(team: Team, lead: FakeMember, words: str, told: str) -> None:
    await lead.says(f"/team digest {words}")
    assert told in lead.last.text


async def test_help_tells_what_their_role_can(
    team: Team, lead: FakeMember, member: FakeMember
) -> None:
    await lead.says("/help")
    assert "/team uitnodigen" in lead.last.text
    await member.says("/help")
    assert "/team uitnodigen" not in member.last.text and "/sets" not in member.last.text
    async with team.application.database.transaction() as session:
        await roles.grant(session, member.address.pair, Role.TRAINER, None, team.clock())
    await member.says("/help")
    assert "/sets" in member.last.text


async def test_sets_are_listed_for_trainers(team: Team, member: FakeMember) -> None:
    await member.says("/sets")
    assert "voor wie uitdagingen maakt" in member.last.text
    async with team.application.database.transaction() as session:
        await roles.grant(session, member.address.pair, Role.ADMIN, None, team.clock())
    await member.says("/sets")
    assert "Wees nieuwsgierig (nieuwsgierig, versie 1): 11 uitdagingen" in member.last.text


async def test_an_admin_may_do_what_a_lead_may(team: Team, lead: FakeMember) -> None:
    sanne = await team.member("sanne")
    async with team.application.database.transaction() as session:
        await roles.grant(session, sanne.address.pair, Role.ADMIN, None, team.clock())
    await sanne.says("/team naam Nieuw")
    assert "heet nu Nieuw" in sanne.last.text

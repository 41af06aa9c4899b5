"""/team: joining by code, what a member sees, staying invisible, leaving."""

import re

from bot.app import Application
from bot.messages import Pressed
from bot.store.teams import invitations
from tests.conversation.teams import Team, number_of
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


async def test_a_code_brings_a_stranger_in_with_one_tap(team: Team, sanne: FakeMember) -> None:
    await sanne.says(f"/start {await team.code()}")
    welcome, hello = sanne.messages
    assert "Je hoort nu bij Griffie" in welcome.text and "nooit wie" in welcome.text
    assert hello.labels == ["Nederlands", "English"]
    assert len(await team.everyone()) == 1


async def test_a_code_brings_a_member_in_who_keeps_all_they_had(
    team: Team, member: FakeMember
) -> None:
    await member.round("Gedaan", "Iets")
    await member.says(f"/start {await team.code()}")
    assert "Je hoort nu bij Griffie" in member.last.text
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_a_code_typed_with_small_letters_and_dashes_works(
    team: Team, member: FakeMember
) -> None:
    code = await team.code()
    await member.says(f"/start {code[:5].lower()}-{code[5:].lower()}")
    assert "Je hoort nu bij Griffie" in member.last.text


async def test_a_mistyped_code_says_so_and_the_rest_goes_on(sanne: FakeMember) -> None:
    await sanne.says("/start nietbestaand")
    assert "ken ik niet" in sanne.messages[0].text
    assert sanne.last.labels == ["Nederlands", "English"]


async def test_an_expired_code_says_so(team: Team, member: FakeMember, clock: FixedClock) -> None:
    code = await team.code()
    clock.passes(days=15)
    await member.says(f"/start {code}")
    assert "is verlopen" in member.last.text and await team.everyone() == set()


async def test_a_code_that_was_used_up_says_so(
    team: Team, member: FakeMember, sanne: FakeMember
) -> None:
    code = await team.code(uses=1)
    await member.says(f"/start {code}")
    await member.says(f"/start {code}")
    assert "Je hoort al bij Griffie" in member.last.text
    joost = FakeMember(team.application, team.fake_channel, team.clock, "joost")
    await joost.says(f"/start {code}")
    assert "zo vaak gebruikt als mag" in joost.messages[0].text
    assert await team.everyone() == {await number_of(member)}


async def test_a_code_that_was_taken_back_says_so(team: Team, member: FakeMember) -> None:
    code = await team.code()
    lead = await team.member("lead")
    await team.led_by(lead)
    await lead.says("/team intrekken")
    assert "werkt nog" in lead.last.text
    await member.says(f"/start {code}")
    assert "is ingetrokken" in member.last.text


async def test_long_after_a_code_is_forgotten(team: Team, clock: FixedClock) -> None:
    code = await team.code()
    clock.passes(days=120)
    await team.application.retention.run()
    async with team.application.database.reading() as session:
        assert await invitations.find_invitation(session, code) is None


async def test_without_a_team_it_says_how_to_get_in(member: FakeMember) -> None:
    await member.says("/team")
    assert "/start CODE" in member.last.text


async def test_a_member_sees_the_team_and_what_it_sees_of_them(team: Team) -> None:
    sanne = await team.member("sanne")
    await sanne.says("/team")
    assert "Griffie" in sanne.last.text and "nooit wie" in sanne.last.text
    assert sanne.last.labels == ["Bord", "Maak me onzichtbaar", "Weg bij dit team"]
    await sanne.presses("Bord")
    assert sanne.last.message.picture is not None
    assert sanne.last.message.picture.drawing.draw().startswith(b"\x89PNG")


async def test_english_words_do_the_same(team: Team) -> None:
    sanne = await team.member("sanne", "English")
    await sanne.says("/TEAM Board")
    assert (
        sanne.last.message.picture is not None
        and "a week with at least 5 people" in sanne.last.text
    )
    await sanne.says("/team hide")
    assert "invisible" in sanne.last.text or "does not see you" in sanne.last.text


async def test_what_it_does_not_know_it_says(team: Team) -> None:
    sanne = await team.member("sanne")
    await sanne.says("/team koffie halen")
    assert "“koffie halen”" in sanne.last.text


async def test_invisible_and_back(team: Team) -> None:
    lead, sanne = await team.member("lead"), await team.member("sanne")
    await team.led_by(lead)
    await sanne.says("/team verberg")
    await sanne.says("/team")
    assert "onzichtbaar voor Griffie" in sanne.last.text
    await lead.says("/team leden")
    assert "Sanne" not in lead.last.text
    await sanne.presses("Laat me weer meetellen")
    await lead.says("/team leden")
    assert "• Sanne" in lead.last.text


async def test_leaving_asks_once(team: Team) -> None:
    sanne = await team.member("sanne")
    await sanne.says("/team verlaat")
    await sanne.presses("Nee, ik blijf")
    assert await team.everyone() == {await number_of(sanne)}
    await sanne.says("/team verlaat")
    asked = sanne.last
    await sanne.presses("Ja, ik ga weg")
    assert await team.everyone() == set() and "eigen reeks" in asked.text
    await sanne.presses("Ja, ik ga weg") if asked.labels else None
    await sanne.says("/team")
    assert "nog niet in een team" in sanne.last.text


async def test_with_two_teams_it_asks_which(
    team: Team, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    other = Team(application, fake_channel, clock, "Wijkteam")
    await other.begins()
    sanne = await team.member("sanne")
    await sanne.says(f"/start {await other.code()}")
    await sanne.says("/team")
    assert [sheet.text.splitlines()[0] for sheet in sanne.messages[-2:]] == ["Griffie", "Wijkteam"]
    assert "Jij telt mee voor Griffie" in sanne.messages[-2].text
    assert "In de cijfers tel je mee bij één team: Griffie." in sanne.messages[-1].text
    await sanne.says("/team bord")
    assert sanne.last.labels == ["Griffie", "Wijkteam"]
    await sanne.presses("Wijkteam")
    assert sanne.last.text.startswith("Wijkteam")
    await sanne.says("/team 1 bord")
    assert sanne.last.text.startswith("Griffie")
    await sanne.says("/team naam Anders")
    assert "/team 1 naam Anders" in sanne.last.text
    await sanne.says("/team 2 verlaat")
    await sanne.presses("Ja, ik ga weg")
    assert await other.everyone() == set() and len(await team.everyone()) == 1


async def test_a_button_of_a_team_that_is_not_theirs_is_dead(
    team: Team, member: FakeMember
) -> None:
    number = (await team.row()).id
    sheet = member.last
    for verb in ("board", "members", "invite", "remove", "handto", "nonsense"):
        await member.does(Pressed(f"team:{verb}:{number}", sheet.id))
        assert member.notice is not None and "werkt niet meer" in member.notice
    await member.does(Pressed("team:", sheet.id))
    assert "werkt niet meer" in str(member.notice)


async def test_who_is_erased_is_gone_from_the_team(team: Team) -> None:
    lead, sanne = await team.member("lead"), await team.member("sanne")
    await team.led_by(lead)
    await sanne.says("/vergeetmij")
    await sanne.presses("Ja, wis alles")
    assert await team.everyone() == {await number_of(lead)}
    await lead.says("/team leden")
    assert not re.search("Sanne", lead.last.text)

"""/programma: weeks in an order, for one member or for a team."""

from bot.app import Application
from bot.messages import Pressed
from bot.resources import resource_folder
from bot.set_files.programmes import programmes
from bot.set_files.reader import read_set
from bot.store.challenges import publications
from tests.conversation.teams import Team
from tests.support.fakes import FakeMember, FixedClock

NAME = "olievlek-in-6-weken"


async def got(member: FakeMember) -> list[str]:
    """What they got so far, as `set/id`."""
    return [f"{one.challenge.set_name}/{one.challenge.slug}" for one in await member.nudges()]


async def rounds(member: FakeMember, many: int) -> list[str]:
    """So many rounds, all done without a word; what each nudge said."""
    said = []
    for _ in range(many):
        nudge = await member.waits_for_nudge()
        said.append(nudge.text)
        await member.presses("Gedaan", nudge)
        await member.presses("Overslaan")
    return said


async def test_it_says_which_there_are_and_begins_with_a_tap(member: FakeMember) -> None:
    await member.says("/programma")
    assert member.last.labels == ["Olievlek in 6 weken", "Stage in kleine stappen"]
    assert "/programma olievlek-in-6-weken" in member.last.text
    await member.presses("Olievlek in 6 weken")
    assert "Je doet nu Olievlek in 6 weken: 6 weken" in member.last.text


async def test_six_weeks_from_the_first_to_after_the_last(sanne: FakeMember) -> None:
    await sanne.joins("di do 9:30")
    await sanne.says(f"/programma {NAME}")
    said = await rounds(sanne, 14)
    assert (await got(sanne))[:12] == [
        one for week in programmes()[NAME].weeks for one in week.challenges
    ]
    assert said[0].startswith("Olievlek in 6 weken, week 1 van 6: Vragen.")
    assert said[3].startswith("Olievlek in 6 weken, week 2 van 6: Ruimte maken.")
    assert said[11].startswith("Olievlek in 6 weken, week 6 van 6: Laten zien.")
    assert said[12].startswith("Dat was Olievlek in 6 weken.")
    assert "Olievlek in 6 weken" not in said[13]
    assert len(set(await got(sanne))) == 14


async def test_more_rounds_than_it_has_get_others_that_it_does_not_need_later(
    member: FakeMember,
) -> None:
    await member.says(f"/programma {NAME.upper()}")
    await rounds(member, 4)
    first, *others = await got(member)
    assert first == "nieuwsgierig/naieve-vraag" and others[0] == "aannames/waarom-altijd-zo"
    coming = {one for week in programmes()[NAME].weeks for one in week.challenges}
    assert not set(others[1:]) & coming


async def test_one_that_was_retired_holds_up_nothing(
    sanne: FakeMember, application: Application
) -> None:
    await sanne.joins("di do 9:30")
    first = read_set(resource_folder("prompts") / "nieuwsgierig.yaml")
    left = tuple(one for one in first.challenges if one.id != "naieve-vraag")
    async with application.database.transaction() as session:
        await publications.publish(
            session, first.model_copy(update={"challenges": left}), sanne.clock()
        )
    await sanne.says(f"/programma {NAME}")
    await rounds(sanne, 1)
    assert await got(sanne) == ["aannames/waarom-altijd-zo"]


async def test_a_second_tap_does_not_begin_it_again(sanne: FakeMember) -> None:
    await sanne.joins("di do 9:30")
    await sanne.says("/programma")
    overview = sanne.last
    await sanne.presses("Olievlek in 6 weken", overview)
    await rounds(sanne, 3)
    await sanne.presses("Olievlek in 6 weken", overview)
    assert "Je doet Olievlek in 6 weken al" in overview.text
    [said] = await rounds(sanne, 1)
    assert "week 2 van 6" in said


async def test_a_pause_moves_it(sanne: FakeMember) -> None:
    await sanne.joins("di do 9:30")
    await sanne.says(f"/programma {NAME}")
    await rounds(sanne, 1)
    await sanne.says("/pauze 2 weken")
    [said] = await rounds(sanne, 1)
    assert "week 1 van 6" in said


async def test_another_one_in_the_same_week(sanne: FakeMember) -> None:
    await sanne.joins("di do 9:30")
    await sanne.says(f"/programma {NAME}")
    nudge = await sanne.waits_for_nudge()
    await sanne.presses("Andere", nudge)
    assert sanne.last.text.startswith("Olievlek in 6 weken, week 1 van 6")
    assert (await got(sanne))[1] == "aannames/waarom-altijd-zo"


async def test_stopping(member: FakeMember) -> None:
    await member.says("/programma stop")
    assert "Er liep geen programma" in member.last.text
    await member.says(f"/programme {NAME}")
    await member.says("/programma stop")
    assert "het programma stopt" in member.last.text
    assert "Olievlek in 6 weken" not in (await member.waits_for_nudge()).text


async def test_one_that_is_none(member: FakeMember) -> None:
    await member.says("/programma koffie")
    assert "ken ik niet. Wel: olievlek-in-6-weken, stage-in" in member.last.text
    await member.does(Pressed("programme:koffie", member.last.id))
    assert "werkt niet meer" in str(member.notice)


async def test_a_team_begins_on_a_day_and_who_comes_later_at_the_beginning(
    team: Team, clock: FixedClock
) -> None:
    lead = await team.member("lead")
    await team.led_by(lead)
    await lead.says(f"/team programma {NAME} maandag")
    assert "Griffie doet Olievlek in 6 weken, vanaf maandag 30 november" in lead.last.text
    for _ in range(4):
        assert "Olievlek in 6 weken" not in (await lead.round("Niet nu")).text
    assert "week 1 van 6" in (await lead.waits_for_nudge()).text
    await lead.presses("Niet nu")
    for _ in range(4):
        await lead.round("Niet nu")
    clock.goes_to(7, 12, 8)
    sanne = await team.member("sanne")
    assert "week 2 van 6" in (await lead.waits_for_nudge()).text
    assert "week 1 van 6" in sanne.last.text
    # What a member began alone later, goes before the team's.
    clock.passes(hours=15)
    await sanne.says("/programma stage-in-kleine-stappen")
    await sanne.waits_for_nudge()
    assert sanne.last.text.startswith("Stage in kleine stappen, week 1 van 8")


async def test_leads_alone_and_what_they_can_type(team: Team) -> None:
    lead, sanne = await team.member("lead"), await team.member("sanne")
    await team.led_by(lead)
    await sanne.says(f"/team programma {NAME}")
    assert "Dat kan alleen" in sanne.last.text
    for typed, told in (
        ("", "Typ erachter welk programma"),
        ("stop", "Er liep geen programma"),
        ("koffie", "ken ik niet"),
        (f"{NAME} gisteren", "Ik begrijp die dag niet"),
        (f"{NAME} vanaf 4 januari", "vanaf maandag 4 januari"),
        ("stop", "het programma stopt"),
        (NAME, "vanaf maandag 23 november"),
    ):
        await lead.says(f"/team programma {typed}")
        assert told in lead.last.text, typed

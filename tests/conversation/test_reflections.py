"""What a member writes: kept, changed, added to, shared or not."""

import pytest
from sqlalchemy import select

from bot.channels.base import TemporaryFailure
from bot.messages import Pressed, Unreadable
from bot.store.members import members
from bot.store.schema.teams import ShareRow
from bot.store.teams import teams
from tests.support.fakes import FakeChannel, FakeMember, FixedClock, number_of


async def written(someone: FakeMember) -> str:
    """What /terugblik shows."""
    await someone.says("/terugblik")
    return someone.last.text


async def belongs(someone: FakeMember, *names: str) -> None:
    """They belong to teams of these names."""
    async with someone.application.database.transaction() as session:
        member = await members.find_member(session, *someone.address.pair)
        assert member is not None
        for name in names:
            team = await teams.create(session, name, "nl", "Europe/Amsterdam", someone.clock())
            await teams.add_to_team(session, team.id, member.id, someone.clock())


async def shared(someone: FakeMember) -> list[tuple[str, bool]]:
    """With which team what they wrote is shared, and whether with their name."""
    async with someone.application.database.reading() as session:
        names = {counted.team.id: counted.team.name for counted in await teams.all_teams(session)}
        rows = (await session.scalars(select(ShareRow))).all()
    return [(names[row.team_id], row.named) for row in rows]


async def test_a_reflection_can_be_read_back_by_its_writer(member: FakeMember) -> None:
    nudge = await member.round("Gedaan", "De kapper weet alles")
    told = await written(member)
    assert "“De kapper weet alles”" in told
    assert "dinsdag 24 november" in told
    assert nudge.text[:30] in told


async def test_nobody_else_reads_it(member: FakeMember) -> None:
    await member.round("Gedaan", "De kapper weet alles")
    joost = FakeMember(member.application, member.fake_channel, member.clock, "joost")
    await joost.joins()
    assert "niets opgeschreven" in await written(joost)


@pytest.mark.parametrize(
    "words", ["😀🎉", "a", "x" * 5_000, "/ is geen commando"[1:], "{n} %s {0}", "1"]
)
async def test_every_text_is_kept_as_it_is(member: FakeMember, words: str) -> None:
    await member.round("Gedaan", words)
    assert "Bewaard bij" in member.last.text
    assert f"“{words.strip()}”" in await written(member)


async def test_a_text_without_end_is_refused_and_the_question_stays(member: FakeMember) -> None:
    await member.round("Gedaan", "x" * 20_001)
    assert "20001 tekens" in member.last.text and "meer dan 20000" in member.last.text
    await member.says("korter")
    assert "“korter”" in await written(member)


async def test_an_edit_changes_the_reflection(member: FakeMember) -> None:
    await member.round("Gedaan")
    message = await member.says("Ik hoorde niks")
    await member.edits(message, "Ik hoorde iets")
    assert member.last.text == "Ik heb je reflectie aangepast."
    told = await written(member)
    assert "“Ik hoorde iets”" in told and "niks" not in told


async def test_an_edit_of_anything_else_is_left_alone(member: FakeMember) -> None:
    before = len(member.messages)
    await member.edits(f"from-{number_of(member.address.id)}-1", "Hallo allemaal")
    assert len(member.messages) == before


async def test_an_edit_can_be_too_long_too(member: FakeMember) -> None:
    await member.round("Gedaan")
    message = await member.says("kort")
    await member.edits(message, "x" * 20_001)
    assert "20001 tekens" in member.last.text
    assert "“kort”" in await written(member)


async def test_a_second_message_is_added(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan", "Een")
    clock.passes(minutes=5)
    await member.says("Twee")
    assert member.last.text == "Dat heb ik erbij gezet."
    assert "“Een”\n“Twee”" in await written(member)


async def test_hours_later_a_text_is_no_part_of_it(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan", "Een")
    clock.passes(hours=2)
    await member.says("hallo")
    assert "Ik wacht nu nergens op" in member.last.text
    assert "hallo" not in await written(member)


async def test_not_shared_unless_they_say_so(member: FakeMember) -> None:
    await belongs(member, "Griffie")
    await member.round("Gedaan", "Van mij")
    assert await shared(member) == []


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("Alleen voor mij", []),
        ("Deel met naam", [("Griffie", True)]),
        ("Deel zonder naam", [("Griffie", False)]),
    ],
)
async def test_sharing_is_two_taps_in_one_message(
    member: FakeMember, label: str, kept: list[tuple[str, bool]]
) -> None:
    await belongs(member, "Griffie")
    await member.round("Gedaan", "Van mij")
    thanks, before = member.last, len(member.messages)
    assert thanks.labels == ["Deel met je team"] and "Alleen jij ziet dit" in thanks.text
    await member.presses("Deel met je team")
    assert await shared(member) == [] and "Delen met Griffie" in thanks.text
    await member.presses(label)
    assert await shared(member) == kept
    assert thanks.labels == (["Terugnemen"] if kept else []) and thanks.text == member.notice
    assert len(member.messages) == before


async def test_without_a_team_sharing_is_not_mentioned(member: FakeMember) -> None:
    await member.round("Gedaan", "Van mij")
    assert member.last.labels == []
    assert "”. Je reeks: 1 ronde." in member.last.text


@pytest.mark.parametrize("how", ["", ":team"])
async def test_sharing_after_leaving_the_team_shares_nothing(member: FakeMember, how: str) -> None:
    await member.round("Gedaan", "Van mij")
    nudge = (await member.nudges())[-1]
    await member.taps(f"share:{nudge.id}{how}")
    assert "nog niet in een team" in member.last.text and member.last.labels == []
    await belongs(member, "Griffie")
    assert await shared(member) == []  # nor is it when they come into one later


async def test_a_written_round_is_two_messages_one_tap_and_one_text(member: FakeMember) -> None:
    await member.waits_for_nudge()
    before, said = len(member.messages), member.said
    await member.presses("Gedaan")
    await member.says("De kapper weet alles")
    question, thanks = member.messages[before:]
    assert member.said - said == 2
    assert question.text.endswith("?") and "Je reeks: 1 ronde." in thanks.text
    assert sum("Bewaard" in sent.text for sent in member.messages) == 1


async def test_a_skipped_round_is_one_message_and_two_taps(member: FakeMember) -> None:
    await member.waits_for_nudge()
    before, said = len(member.messages), member.said
    await member.presses("Gedaan")
    await member.presses("Overslaan")
    [question] = member.messages[before:]
    assert member.said - said == 2
    assert question.text.startswith("Je reeks: 1 ronde.") and question.labels == []


async def test_in_two_teams_they_say_which(member: FakeMember) -> None:
    await belongs(member, "Griffie", "Wijkteam")
    await member.round("Gedaan", "Van mij")
    await member.presses("Deel met je team")
    assert member.last.text == "Met je naam erbij of zonder?"
    await member.presses("Deel zonder naam")
    assert await shared(member) == []
    assert member.last.labels == ["Griffie", "Wijkteam", "Alleen voor mij"]
    await member.presses("Wijkteam")
    assert await shared(member) == [("Wijkteam", False)]


async def test_sharing_can_be_taken_back(member: FakeMember) -> None:
    await belongs(member, "Griffie")
    await member.round("Gedaan", "Van mij")
    await member.presses("Deel met je team")
    await member.presses("Deel met naam")
    await member.presses("Terugnemen")
    assert await shared(member) == [] and "Alleen jij" in member.last.text


async def test_a_team_that_is_not_theirs_gets_nothing(member: FakeMember) -> None:
    await belongs(member, "Griffie", "Wijkteam")
    await member.round("Gedaan", "Van mij")
    thanks = member.last
    nudge = (await member.nudges())[-1]
    await member.does(Pressed(f"share:{nudge.id}:team:999", thanks.id))
    assert await shared(member) == [] and "werkt niet meer" in str(member.notice)


async def test_a_reply_to_an_older_nudge_answers_that_one(member: FakeMember) -> None:
    older = await member.waits_for_nudge()
    await member.waits_for_nudge()
    await member.says("Over die van gisteren", reply_to=older)
    first, second = await member.nudges()
    assert (first.answer, second.answer) == ("done", None)
    assert older.labels == []
    assert older.text[:30] in await written(member)


async def test_a_reply_that_is_too_long_answers_nothing(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    await member.says("x" * 20_001, reply_to=nudge)
    assert "20001 tekens" in member.last.text
    assert (await member.nudges())[0].answer is None
    await member.presses("Geprobeerd", nudge)
    assert "Dat telt net zo goed" in member.last.text


async def test_pressing_the_nudge_takes_the_buttons_from_the_question_too(
    member: FakeMember,
) -> None:
    nudge = await member.waits_for_nudge()
    await member.says("Ik was bij de bakker")
    asked = member.last
    await member.presses("Gedaan", nudge)
    assert (nudge.labels, asked.labels) == ([], [])


async def test_a_reply_with_one_of_the_answers_gives_that_answer(member: FakeMember) -> None:
    older = await member.waits_for_nudge()
    await member.waits_for_nudge()
    await member.says("geprobeerd", reply_to=older)
    assert (await member.nudges())[0].answer == "tried"


async def test_a_reply_to_the_question_is_about_its_nudge(member: FakeMember) -> None:
    await member.round("Gedaan")
    question = member.last
    await member.waits_for_nudge()
    await member.says("Nog van gisteren", reply_to=question)
    assert [row.answer for row in await member.nudges()] == ["done", None]
    assert "“Nog van gisteren”" in await written(member)


async def test_a_reply_to_some_other_message_is_a_plain_text(member: FakeMember) -> None:
    await member.says("hoi", reply_to=member.last)
    assert "Ik wacht nu nergens op" in member.last.text


async def test_writing_before_pressing_is_kept_and_asked_about(member: FakeMember) -> None:
    await member.waits_for_nudge()
    await member.says("Ik was bij de bakker")
    assert member.last.labels == ["Gedaan", "Geprobeerd", "Niet bewaren"]
    await member.presses("Geprobeerd")
    assert "Je reeks: 1 ronde." in member.last.text
    assert "“Ik was bij de bakker”" in await written(member)


async def test_what_was_no_reflection_is_not_kept(member: FakeMember) -> None:
    await member.waits_for_nudge()
    await member.says("hoe werkt dit?")
    await member.presses("Niet bewaren")
    assert "niet bewaard" in member.last.text
    assert "niets opgeschreven" in await written(member)
    assert (await member.nudges())[0].answer is None


async def test_only_the_text_that_was_asked_about_is_thrown_away(member: FakeMember) -> None:
    await member.waits_for_nudge()
    await member.says("Mijn echte reflectie")
    await member.says("wat kun je?")
    await member.presses("Niet bewaren")
    await member.presses("Gedaan")
    told = await written(member)
    assert "Mijn echte reflectie" in told and "wat kun je" not in told


async def test_a_reply_that_the_network_held_up_comes_after_all(
    member: FakeMember, fake_channel: FakeChannel
) -> None:
    await member.round("Gedaan")
    fake_channel.fails_with = [TemporaryFailure("slow"), TemporaryFailure("slow")]
    await member.says("Het duurde even")
    assert "Bewaard bij" in member.last.text


async def test_half_a_character_is_no_trouble(member: FakeMember) -> None:
    await member.round("Gedaan", "caf\udce9 was leuk")
    assert "“caf? was leuk”" in await written(member)


async def test_discarding_after_answering_keeps_it(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    await member.says("Toch wel")
    asked = member.last
    action = asked.action("Niet bewaren")
    await member.presses("Gedaan", nudge)
    await member.does(Pressed(action, asked.id))
    assert "“Toch wel”" in await written(member)


@pytest.mark.parametrize("kind", ["voice", "sticker", "photo", "file", "other"])
async def test_what_cannot_be_read_says_so_and_the_question_stays(
    member: FakeMember, kind: str
) -> None:
    await member.does(Unreadable(kind))
    assert member.last.text.endswith("Typ /help voor wat ik kan.")
    await member.round("Gedaan")
    await member.does(Unreadable(kind))
    assert member.last.text.endswith("Typ je antwoord in woorden, of tik op Overslaan.")
    await member.says("In woorden dan")
    assert "“In woorden dan”" in await written(member)


async def test_a_new_nudge_ends_the_old_question(member: FakeMember) -> None:
    await member.round("Gedaan")
    await member.waits_for_nudge()
    await member.says("Dit gaat over vandaag")
    assert member.last.labels == ["Gedaan", "Geprobeerd", "Niet bewaren"]


async def test_all_reflections_ever_with_one_tap(member: FakeMember, clock: FixedClock) -> None:
    await member.says("/terugblik")
    await member.presses("Laat alles zien")
    assert member.last.text == "Je hebt nog niets opgeschreven."
    await member.round("Gedaan", "Lang geleden")
    clock.passes(weeks=6)
    assert "niets opgeschreven" in await written(member)
    await member.presses("Laat alles zien")
    assert "“Lang geleden”" in member.last.text


async def test_an_empty_text_gets_a_hint(member: FakeMember) -> None:
    await member.says("   ")
    assert "Ik wacht nu nergens op" in member.last.text


async def test_praise_does_not_repeat_itself(member: FakeMember) -> None:
    praised = []
    for press in ("Gedaan", "Geprobeerd") * 8:
        await member.says("/nu")
        await member.presses(press)
        praised.append(member.last.text.partition("\n\n")[0])
        await member.presses("Overslaan")
    assert all(one != other for one, other in zip(praised, praised[2:], strict=False))
    assert len(set(praised)) >= 8

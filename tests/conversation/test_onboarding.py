"""Joining in, in at most two questions."""

from bot.messages import Pressed
from tests.support.fakes import FakeMember


async def test_two_questions_and_the_first_moment_is_told(sanne: FakeMember) -> None:
    await sanne.says("/start")
    assert sanne.last.labels == ["Nederlands", "English"]
    await sanne.presses("Nederlands")
    assert "Dinsdag en donderdag om 9:30" in sanne.last.labels
    await sanne.presses("Dinsdag en donderdag")
    assert "Afgesproken: dinsdag en donderdag om 9:30." in sanne.last.text
    assert "dinsdag 24 november om 9:30" in sanne.last.text


async def test_english_from_the_first_answer_on(sanne: FakeMember) -> None:
    await sanne.says("/start")
    await sanne.presses("English")
    await sanne.says("mon wed 10:15")
    assert "All set: Monday and Wednesday at 10:15." in sanne.last.text


async def test_both_questions_can_be_answered_in_words(sanne: FakeMember) -> None:
    await sanne.says("/start")
    await sanne.says("engels")
    await sanne.says("every day 8:00")
    assert "every day at 8:00" in sanne.last.text


async def test_an_unknown_language_is_asked_again_in_both(sanne: FakeMember) -> None:
    await sanne.says("/start")
    await sanne.says("français")
    assert "Kies nl of en" in sanne.last.text and "Choose nl or en" in sanne.last.text
    await sanne.says("nl")
    assert "Wanneer mag ik" in sanne.last.text


async def test_a_challenge_right_after_joining(member: FakeMember) -> None:
    await member.presses("Nu meteen")
    assert member.last.labels == ["Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu"]


async def test_who_goes_another_way_is_still_asked_when(sanne: FakeMember) -> None:
    await sanne.says("/start")
    await sanne.says("/nu")
    await sanne.presses("Gedaan")
    await sanne.says("/reeks")
    assert "Je hebt nog geen moment gekozen" in sanne.last.text
    await sanne.says("Ik begon vast")
    assert "Wanneer mag ik" in sanne.last.text
    await sanne.says("vr 10:00")
    assert "vrijdag om 10:00" in sanne.last.text


async def test_english_buttons_have_english_capitals(sanne: FakeMember) -> None:
    await sanne.says("/start")
    await sanne.presses("English")
    assert "Monday, Wednesday and Friday at 13:00" in sanne.last.labels


async def test_an_unknown_code_is_told_and_joining_goes_on(sanne: FakeMember) -> None:
    await sanne.says("/start HALLO")
    assert "“HALLO” ken ik niet" in sanne.messages[0].text
    assert sanne.last.labels == ["Nederlands", "English"]


async def test_starting_twice_asks_the_same_question_again(sanne: FakeMember) -> None:
    await sanne.says("/start")
    await sanne.says("/START")
    assert [sheet.labels for sheet in sanne.messages] == [["Nederlands", "English"]] * 2
    await sanne.presses("Nederlands")
    await sanne.says("/start")
    assert "Wanneer mag ik" in sanne.last.text


async def test_starting_again_later_keeps_everything(member: FakeMember) -> None:
    await member.says("/start")
    assert "Alles staat er nog" in member.last.text
    assert "elke werkdag om 9:30" in member.last.text
    await member.says("/start ABC")
    assert "“ABC” ken ik niet" in member.last.text


async def test_a_stranger_is_kept_nowhere(sanne: FakeMember) -> None:
    await sanne.says("hallo")
    assert "Typ /start om mee te doen" in sanne.last.text
    await sanne.does(Pressed("done:1"))
    assert sanne.notice is not None and "/start" in sanne.notice


async def test_the_language_can_be_changed_by_word_and_by_button(member: FakeMember) -> None:
    await member.says("/taal en")
    assert member.last.text == "Fine, English it is."
    await member.says("/language")
    await member.presses("Nederlands")
    assert member.last.text == "Goed, we praten Nederlands."
    assert member.last.labels == []
    await member.says("/taal klingon")
    assert "Kies nl of en" in member.last.text

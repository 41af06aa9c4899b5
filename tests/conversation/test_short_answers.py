"""One word instead of a press, in every state of the conversation, and never a reflection lost."""

import pytest

from bot.conversation.parsing.short_answers import is_open_question, read_short_answer
from bot.languages.registry import languages
from bot.languages.specification import ShortAnswer
from bot.store.schema.challenges import HistoryRow
from tests.conversation.test_reflections import belongs, shared, written
from tests.support.fakes import FakeMember, FixedClock

WROTE = "Ik was bij de bakker"


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("nee", ShortAnswer.NO),
        ("Nee.", ShortAnswer.NO),
        ("JA!!", ShortAnswer.YES),
        ("ja 🙂", ShortAnswer.YES),
        ("gedaan!", ShortAnswer.DONE),
        ("✅ Gelukt", ShortAnswer.DONE),
        ("done :)", ShortAnswer.DONE),
        ("niet  gelukt…", ShortAnswer.TRIED),
        ("It didn’t work", ShortAnswer.TRIED),
        ("geprobeerd 💪", ShortAnswer.TRIED),
        ("later?", ShortAnswer.LATER),
        ("Morgen", ShortAnswer.TOMORROW),
        ("een andere", ShortAnswer.ANOTHER),
        ("niet nu", ShortAnswer.NOT_NOW),
        ("sla over", ShortAnswer.SKIP),
        ("skip", ShortAnswer.SKIP),
        ("kwam niet voor", ShortAnswer.NO_OCCASION),
    ],
)
def test_such_a_word_is_understood_in_both_languages(typed: str, meaning: ShortAnswer) -> None:
    assert read_short_answer(typed) is meaning


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "👍",
        "nee, maar de buurvrouw wel",
        "ja want zij begon erover",
        "niet gelukt omdat het regende",
        "later vertelde ze meer",
        "gedaan en het was leuk",
        "morgen vraag ik het weer",
        "andere mensen",
        "nee nee nee",
    ],
)
def test_a_text_that_says_more_is_no_such_word(typed: str) -> None:
    assert read_short_answer(typed) is None


def test_a_word_means_one_thing_and_each_language_has_words_for_all() -> None:
    words = [
        word
        for language in languages()
        for known in language.vocabulary.short_answers.values()
        for word in known
    ]
    assert [word for word in words if read_short_answer(word.upper() + "!") is None] == []
    for language in languages():
        answers = language.vocabulary.short_answers
        assert set(answers) == set(ShortAnswer)
        assert sum(map(len, answers.values())) == len(frozenset[str]().union(*answers.values()))


def test_only_a_question_for_yes_or_no_can_be_answered_with_no() -> None:
    assert is_open_question("In welke straat was het?")
    assert is_open_question("What did you hear?")
    assert not is_open_question("Zei iemand iets terug?")
    assert not is_open_question("Did anybody answer?")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("gedaan!", "done"),
        ("Done", "done"),
        ("niet gelukt", "tried"),
        ("nee", "skipped"),
        ("skip", "skipped"),
        ("niet nu", "skipped"),
        ("kwam niet voor", "no_occasion"),
        ("andere", "swapped"),
        ("ja", None),
        ("later", None),
        ("morgen", None),
    ],
)
async def test_while_a_nudge_is_open(member: FakeMember, typed: str, answer: str | None) -> None:
    await member.waits_for_nudge()
    before = len(member.messages)
    await member.says(typed)
    assert (await member.nudges())[0].answer == answer
    assert len(member.messages) > before  # somebody who types looks for an answer below
    assert "niets opgeschreven" in await written(member)


async def test_later_in_words_asks_when_and_tomorrow_is_a_moment(member: FakeMember) -> None:
    await member.waits_for_nudge()
    await member.says("later")
    assert member.last.labels[-1] == "Morgen (9:30)"
    await member.says("morgen")
    assert member.last.text == "Je krijgt hem weer: woensdag 25 november om 9:30."


async def test_yes_asks_which_and_the_answer_is_under_it(member: FakeMember) -> None:
    await member.waits_for_nudge()
    await member.says("ja")
    assert member.last.labels == ["Gedaan", "Geprobeerd"]
    await member.presses("Geprobeerd")
    assert (await member.nudges())[0].answer == "tried"


@pytest.mark.parametrize(("typed", "answer"), [("ja", "done"), ("nee", "skipped")])
async def test_after_words_that_came_first(member: FakeMember, typed: str, answer: str) -> None:
    await member.waits_for_nudge()
    await member.says(WROTE)
    await member.says(typed)
    assert (await member.nudges())[0].answer == answer
    assert f"“{WROTE}”" in await written(member)


@pytest.mark.parametrize("typed", ["nee", "sla over", "skip", "niet nu", "later", "morgen"])
async def test_at_the_question_it_is_skipped(member: FakeMember, typed: str) -> None:
    await member.round("Gedaan", typed)
    assert member.last.text.startswith("Je reeks: 1 ronde.")
    assert "niets opgeschreven" in await written(member)


@pytest.mark.parametrize("typed", ["ja", "gelukt", "niet gelukt", "andere", "nee, niemand"])
async def test_at_the_question_all_else_is_the_answer(member: FakeMember, typed: str) -> None:
    await member.round("Geprobeerd", typed)
    assert f"“{typed}”" in await written(member)


@pytest.mark.parametrize("typed", ["nee", "Nee!", "no", "niet nu", "skip", "later"])
async def test_no_after_the_thanks_is_no_reflection(member: FakeMember, typed: str) -> None:
    await belongs(member, "Griffie")
    await member.round("Gedaan", WROTE)
    thanks = member.last
    await member.says(typed)
    assert (member.last.text, thanks.labels) == ("Goed. Alleen jij ziet dit.", [])
    assert await shared(member) == []
    assert f"“{typed}”" not in await written(member)


async def test_yes_after_the_thanks_asks_with_which_name(member: FakeMember) -> None:
    await belongs(member, "Griffie")
    await member.round("Gedaan", WROTE)
    await member.says("ja")
    assert await shared(member) == []
    await member.presses("Deel zonder naam")
    assert await shared(member) == [("Griffie", False)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("nee", "Prima, dan laten"), ("ja", "Prima, dan laten"), ("gedaan!", "al beantwoord")],
)
async def test_after_the_thanks_without_a_team(member: FakeMember, typed: str, said: str) -> None:
    await member.round("Gedaan", WROTE)
    await member.says(typed)
    assert said in member.last.text
    assert f"“{typed}”" not in await written(member)


async def test_more_after_the_thanks_is_still_added(member: FakeMember) -> None:
    await member.round("Gedaan", WROTE)
    await member.says("nee, het was de slager")
    assert f"“{WROTE}”\n“nee, het was de slager”" in await written(member)


async def test_another_brings_one_when_nothing_is_open(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan", WROTE)
    await member.says("andere")
    assert "Geprobeerd" in member.last.labels
    await member.presses("Niet nu")
    clock.passes(hours=1)
    await member.says("een andere graag")
    assert len(await member.nudges()) == 3


@pytest.mark.parametrize("typed", ["ja", "nee", "later", "skip"])
async def test_when_nothing_is_open_it_means_nothing(member: FakeMember, typed: str) -> None:
    await member.says(typed)
    assert "Ik wacht nu nergens op" in member.last.text


async def test_done_after_not_now_counts_after_all(member: FakeMember) -> None:
    await member.round("Niet nu")
    await member.says("gedaan")
    assert (await member.nudges())[0].answer == "done"


async def test_not_now_leaves_a_way_back(member: FakeMember) -> None:
    nudge = await member.round("Niet nu")
    assert nudge.labels == ["Toch doen", "Kwam niet voor"]
    await member.presses("Toch doen")
    assert nudge.labels == ["Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu"]
    await member.presses("Gedaan", nudge)
    await member.presses("Overslaan")
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_what_did_not_come_up_costs_nothing(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan")
    await member.presses("Overslaan")
    nudge = await member.round("Niet nu")
    clock.passes(days=2)  # when the round is long over
    await member.presses("Kwam niet voor", nudge)
    assert "Kwam niet voor" in nudge.text and nudge.labels == ["Toch doen"]
    await member.waits_for_nudge()
    await member.says("/reeks")
    assert "Je joker is vrij" in member.last.text and "0 gemist" in member.last.text


async def test_what_does_not_suit_is_said_under_the_swapped_one(member: FakeMember) -> None:
    nudge = await member.round("Andere")
    replacement = member.last
    assert nudge.labels == ["Past niet bij mijn werk"]
    await member.presses("Past niet bij mijn werk", nudge)
    assert any(
        words in member.last.text
        for words in ("Goed om te weten", "Deze uitdaging krijg je niet meer")
    )
    assert nudge.labels == [] and "Past niet bij mijn werk" in nudge.text
    assert [row.answer for row in await member.nudges()] == ["unsuitable", None]
    await member.presses("Gedaan", replacement)
    await member.presses("Overslaan")
    assert await member.streak() == "Je reeks: 1 ronde."
    [swapped, _] = await member.nudges()
    await member.waits_for_nudge()
    async with member.application.database.reading() as session:
        history = await session.get_one(HistoryRow, swapped.member_id)
    assert int(history.unsuitable_bits, 16) == 1 << swapped.challenge.number


@pytest.mark.parametrize("action", ["back", "nooccasion", "unsuitable"])
async def test_a_way_back_that_is_no_more_changes_nothing(member: FakeMember, action: str) -> None:
    nudge = await member.round("Gedaan")
    await member.taps(f"{action}:{(await member.nudges())[0].id}")
    assert (await member.nudges())[0].answer == "done" and nudge.labels == []
    assert member.notice is not None and "al beantwoord" in member.notice


async def test_trying_has_a_question_of_its_own(member: FakeMember) -> None:
    await member.round("Geprobeerd")
    [nudge] = await member.nudges()
    asked = member.last.text.partition("\n\n")[2]
    text = nudge.challenge.text_in("nl")
    assert asked != text["reflect"] and asked.endswith("?")
    assert "reflect_tried" not in text or asked == text["reflect_tried"]

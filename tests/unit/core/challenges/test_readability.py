"""What is hard to read for B1: sentences that are too long, and habits of the office."""

import pytest

from bot.core.challenges.readability import LONGEST_SENTENCE, habits_in, long_sentences
from bot.languages.en.language import ENGLISH
from bot.languages.nl.language import DUTCH
from bot.languages.plain_language import Habit, PlainLanguage

MOST = " ".join(["woord"] * LONGEST_SENTENCE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (f"{MOST}.", []),
        (f"{MOST} te veel.", [22]),
        (f"Kort. {MOST} te veel! {MOST}?", [22]),
        (f"{MOST}.” {MOST}.", []),
        (f"{MOST}\n{MOST}", []),
        (f"{MOST} bijv.een {MOST}", [41]),
    ],
)
def test_long_sentences(text: str, found: list[int]) -> None:
    assert [words for words, _ in long_sentences(text)] == found


def test_a_sentence_is_recognised_by_its_first_words() -> None:
    assert long_sentences(f"Dit is het begin {MOST}")[0][1] == "Dit is het begin"


@pytest.mark.parametrize(
    ("text", "habit", "words"),
    [
        ("De brief wordt morgen verstuurd.", Habit.PASSIVE, "wordt morgen verstuurd"),
        ("Wat er besloten werd, wist niemand.", Habit.PASSIVE, "besloten werd"),
        ("Hij wordt doorgestuurd.", Habit.PASSIVE, "wordt doorgestuurd"),
        ("Het openen van de deur helpt.", Habit.NOUNS, "Het openen van"),
        (
            "We hebben de brief van de buurt over het plein bij de kerk gisteren gelezen.",
            Habit.APART,
            "hebben de brief van …",
        ),
        ("Dat is niet onbelangrijk.", Habit.DOUBLE_NEGATION, "niet onbelangrijk"),
        ("Het is geen reden niet te gaan.", Habit.DOUBLE_NEGATION, "geen reden niet"),
        ("Ga niet zonder jas.", Habit.DOUBLE_NEGATION, "niet zonder"),
        ("Vraag het aan uw collega.", Habit.FORMAL, "uw"),
        ("Neem iets mee, bijv. koffie.", Habit.ABBREVIATION, "bijv."),
        ("Bel a.u.b. vandaag.", Habit.ABBREVIATION, "a.u.b."),
        ("Zoek draagvlak in de straat.", Habit.OFFICE, "draagvlak"),
        ("Lees de subsidieverordening.", Habit.LONG_WORD, "subsidieverordening"),
    ],
)
def test_habits_of_the_office_are_found_in_dutch(text: str, habit: Habit, words: str) -> None:
    assert [(found.habit, found.shown) for found in habits_in(text, DUTCH.plain)] == [
        (habit, words)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Je wordt er blij van.",
        "Het wordt een goed gesprek.",  # no participle
        "Het leven van een ambtenaar.",
        "Kijk niet onder de tafel, en niet online.",
        "Geen app en geen account.",
        "We hebben de brief gelezen.",
        "Wat hoorde je van de leidinggevenden?",
        "Bijvoorbeeld koffie.",
    ],
)
def test_plain_dutch_is_left_alone(text: str) -> None:
    assert habits_in(text, DUTCH.plain) == []


def test_a_language_without_rules_has_no_habits() -> None:
    assert habits_in("Wordt verstuurd, a.u.b.", PlainLanguage()) == []
    assert [found.words for found in habits_in("Bring tea, e.g. green.", ENGLISH.plain)] == ["e.g."]


def test_a_word_of_the_most_letters_is_no_long_one() -> None:
    plain = PlainLanguage(longest_word=5, known_words=("gemeente",))
    found = habits_in("Groot groots Gemeentehuis", plain)
    assert [(each.habit, each.words) for each in found] == [(Habit.LONG_WORD, "groots")]

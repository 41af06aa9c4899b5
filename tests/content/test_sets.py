"""The challenges themselves: plain, fresh, different, the same in both languages."""

import re
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio
from ruamel.yaml import YAML

from bot.core.challenges.challenge import Challenge, ChallengeSet
from bot.core.challenges.readability import habits_in
from bot.languages.nl.language import DUTCH
from bot.set_files.reader import read_set
from tests.content.plain import jargon, numbers, run_hashes, sentences, source_runs
from tests.support.paths import PROJECT

PROMPTS = PROJECT / "prompts"
THEMES = (
    "nieuwsgierig", "improviseren", "toeval", "aannames", "lef", "ja-en", "oogkleppen", "netwerk",
    "gelijkwaardig", "alert", "werkvormen", "uitdragen",
)  # fmt: skip
LANGUAGES = ("nl", "en")
# Whose example a challenge uses, and of which year.
EXAMPLES = {
    "nieuwsgierig/luiken-open": ("Diemen", "2013"),
    "toeval/spelregelkaart": ("Cruquius in Amsterdam", "2013"),
    "lef/voor-er-een-plan-is": ("Diemen", "2013"),
    "netwerk/vraag-zelf-om-hulp": ("Leiden", "2013"),
    "netwerk/krassen-toegestaan": ("Leiden", "2013"),
    "netwerk/drie-lege-plekken": ("Amsterdam", "2013"),
    "werkvormen/begin-een-leerkring": ("Hellendoorn", "2009"),
    "uitdragen/eer-voor-een-initiatief": ("Amersfoort", "2014"),
}
TOWNS = ("Diemen", "Cruquius", "Amsterdam", "Leiden", "Hellendoorn", "Amersfoort")
# What an open question opens with; a closed one (Was het moeilijk?) opens with its verb.
OPEN = {
    "nl": re.compile(
        r"(?:(?:aan|bij|in|met|na|naar|op|over|tot|van|voor) )?(?:de )?"
        r"(?:wat|welke?|hoe\w*|wie|wiens|waar\w*|wanneer)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"(?:(?:about|after|at|by|for|from|in|on|to|with) )?"
        r"(?:what|which|how|who|whom|whose|where|when|why)\b",
        re.IGNORECASE,
    ),
}
JUDGING = {
    "nl": re.compile(r"\b(?:gelukt|lukte|werkte het|goed gedaan|ging het goed|geslaagd|mislukt)"),
    "en": re.compile(r"\b(?:did it work|work out|succe|fail|go well|went well|manage to)"),
}
WHAT = {
    "nl": re.compile(r"(?:wat|welke?)\b", re.IGNORECASE),
    "en": re.compile(r"(?:what|which)\b", re.IGNORECASE),
}
QUESTIONS = ("reflect", "reflect_tried")
ONE_LINE = 80
"""So long may a question be, to be read at a glance on a phone."""


@cache
def challenge_set(name: str) -> ChallengeSet:
    """The set as the bot reads it."""
    return read_set(PROMPTS / f"{name}.yaml")


def every_challenge() -> list[tuple[str, Challenge]]:
    """All challenges of all themes, with the name of their set."""
    return [(name, one) for name in THEMES for one in challenge_set(name).challenges]


def prose(challenge: Challenge, language: str) -> dict[str, str]:
    """Task, why and question."""
    text: dict[str, str] = getattr(challenge, language).model_dump()
    return text


CHALLENGES = [pytest.param(one, id=f"{name}/{one.id}") for name, one in every_challenge()]


def test_there_are_twelve_themes_in_twelve_files() -> None:
    assert {file.stem for file in PROMPTS.glob("*.yaml")} == set(THEMES)
    for name in THEMES:
        assert challenge_set(name).set == name
    assert len(every_challenge()) >= 132


@pytest.mark.parametrize("name", THEMES)
def test_a_set_is_long_short_and_daring_enough(name: str) -> None:
    challenges = challenge_set(name).challenges
    assert len(challenges) >= 11
    darings = Counter(one.daring for one in challenges)
    assert all(darings[daring] >= len(challenges) / 4 for daring in (1, 2, 3)), darings
    short = [one for one in challenges if 2 <= one.minutes <= 30]
    assert len(short) >= len(challenges) * 3 / 4


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_dutch_is_plain(challenge: Challenge) -> None:
    for text in prose(challenge, "nl").values():
        assert max(map(len, sentences(text))) <= 20, text
        assert not jargon(text), text
        assert habits_in(text, DUTCH.plain) == [], text


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_english_is_as_short(challenge: Challenge) -> None:
    for text in prose(challenge, "en").values():
        assert max(map(len, sentences(text))) <= 20, text


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short_on_average(name: str, language: str) -> None:
    lengths = [
        len(sentence)
        for one in challenge_set(name).challenges
        for text in prose(one, language).values()
        for sentence in sentences(text)
    ]
    assert sum(lengths) / len(lengths) < 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_shouted_at(language: str) -> None:
    loud = [one for _, one in every_challenge() if "!" in "".join(prose(one, language).values())]
    assert len(loud) <= len(every_challenge()) / 10


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_english_says_the_same(challenge: Challenge) -> None:
    dutch, english = prose(challenge, "nl"), prose(challenge, "en")
    for field, text in dutch.items():
        assert bool(text) == bool(english[field])
        assert 0.6 <= len(english[field]) / len(text) <= 1.7, (text, english[field])
        assert numbers(text) == numbers(english[field]), (text, english[field])
        assert text.count("?") == english[field].count("?")
        named = [place for place in TOWNS if place in text]
        assert named == [place for place in TOWNS if place in english[field]]


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_questions_are_open_and_do_not_judge(challenge: Challenge, language: str) -> None:
    for question in (prose(challenge, language)[field] for field in QUESTIONS):
        assert OPEN[language].match(question) and question.endswith("?"), question
        assert not JUDGING[language].search(question), question
        assert len(question) <= ONE_LINE, question


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_trying_has_a_question_of_its_own(challenge: Challenge, language: str) -> None:
    done, tried = (prose(challenge, language)[field] for field in QUESTIONS)
    assert token_sort_ratio(done, tried) < 80


@pytest.mark.parametrize("field", QUESTIONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_fewer_than_half_of_the_questions_begin_with_what_or_which(
    language: str, field: str
) -> None:
    questions = [prose(one, language)[field] for _, one in every_challenge()]
    assert sum(map(bool, map(WHAT[language].match, questions))) < len(questions) / 2


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("nl", "Was het moeilijk, en waarom?"),
        ("nl", "Is er wat veranderd?"),
        ("en", "Did it work?"),
        ("en", "Was it hard, and why?"),
    ],
)
def test_the_check_of_questions_finds_a_closed_one(language: str, question: str) -> None:
    assert not OPEN[language].match(question)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_differ_within_a_set(name: str, language: str) -> None:
    questions = [
        prose(one, language)[field] for one in challenge_set(name).challenges for field in QUESTIONS
    ]
    for one, other in combinations(questions, 2):
        assert token_sort_ratio(one, other) < 80, (one, other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_tasks_say_the_same(language: str) -> None:
    tasks = [prose(one, language)["task"] for _, one in every_challenge()]
    alike = [
        (one, other)
        for one, other in combinations(tasks, 2)
        if token_set_ratio(one, other) >= 75 or token_sort_ratio(one, other) >= 70
    ]
    assert alike == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_towns_are_named_with_their_year(language: str) -> None:
    named = {
        f"{name}/{one.id}"
        for name, one in every_challenge()
        if any(place in "".join(prose(one, language).values()) for place in TOWNS)
    }
    assert named == EXAMPLES.keys()
    for name, one in every_challenge():
        for words in EXAMPLES.get(f"{name}/{one.id}", ()):
            assert words in prose(one, language)["why"]


def test_the_check_of_copied_runs_can_find_one() -> None:
    assert len(source_runs()) > 4000
    known = next(iter(run_hashes("een twee drie vier vijf zes zeven acht")))
    assert known not in source_runs()
    # Its title and second line, as anyone may quote them: a run of the source.
    title = "Handvatten voor ambtenaren die ruimte willen maken voor mensen met goede initiatieven"
    assert run_hashes(title) <= source_runs()


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_copied_into_a_challenge(challenge: Challenge, language: str) -> None:
    assert not run_hashes("\n".join(prose(challenge, language).values())) & source_runs()


def test_nothing_is_copied_into_a_programme() -> None:
    for file in (PROMPTS / "programmas").glob("*.yaml"):
        assert not run_hashes(file.read_text()) & source_runs(), file


def read_yaml(file: Path) -> Any:  # noqa: ANN401 - whatever is written in it
    """What a YAML file says."""
    return YAML(typ="safe").load(file.read_text())


def test_programmes_lead_to_challenges_that_exist() -> None:
    known = {f"{name}/{one.id}": one for name, one in every_challenge()}
    files = sorted((PROMPTS / "programmas").glob("*.yaml"))
    assert [file.stem for file in files] == ["olievlek-in-6-weken", "stage-in-kleine-stappen"]
    for file in files:
        programme = read_yaml(file)
        assert programme["programme"] == file.stem
        asked = [slug for week in programme["weeks"] for slug in week["challenges"]]
        assert len(set(asked)) == len(asked) and set(asked) <= known.keys()
        assert all(week["title"].keys() == {"nl", "en"} for week in programme["weeks"])
        assert programme["title"].keys() == programme["about"].keys() == {"nl", "en"}
        assert not jargon(programme["about"]["nl"])
        for about in programme["about"].values():
            assert max(map(len, sentences(about))) <= 20


def test_six_weeks_touch_all_themes_and_dare_more_and_more() -> None:
    daring = {f"{name}/{one.id}": one.daring for name, one in every_challenge()}
    weeks = read_yaml(PROMPTS / "programmas" / "olievlek-in-6-weken.yaml")["weeks"]
    assert len(weeks) == 6 and all(len(week["challenges"]) == 2 for week in weeks)
    themes = [slug.partition("/")[0] for week in weeks for slug in week["challenges"]]
    assert sorted(themes) == sorted(THEMES)
    levels = [sum(daring[slug] for slug in week["challenges"]) for week in weeks]
    assert levels == sorted(levels) and levels[0] < levels[-1]


def test_the_internship_takes_two_months() -> None:
    weeks = read_yaml(PROMPTS / "programmas" / "stage-in-kleine-stappen.yaml")["weeks"]
    assert len(weeks) == 8

"""Each exercise of the article is in a challenge, and the table in the docs leads to it."""

import re
from pathlib import Path

import pytest

from bot.core.challenges.challenge import CHOICES
from bot.core.challenges.fit import LAST_START
from tests.content.plain import run_hashes, source_runs
from tests.content.test_sets import LANGUAGES, THEMES, challenge_set, every_challenge
from tests.support.paths import PROJECT

PAGES = ("content.md", "content.en.md")
ROW = re.compile(r"^\| `([a-z-]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
# An exercise a line, in the order of the table: set, challenge, and the words that ask for it.
EXERCISES = [
    tuple(line.split(" | "))
    for line in Path(__file__).with_name("exercises.txt").read_text().splitlines()
]
# Who wrote the article, as it names them too.
AUTHORS = "met Birgit Oelkers en Marije van den Berg"


def table(page: str) -> list[tuple[str, list[str]]]:
    """Of each row, the theme and the challenges."""
    found = ROW.findall((PROJECT / "docs" / page).read_text())
    return [(theme, re.findall(r"`([^`]+)`", cell)) for theme, _, cell in found]


def test_the_article_has_eighty_exercises_in_twelve_themes() -> None:
    assert len(EXERCISES) == len(set(EXERCISES)) == 80
    assert {theme for theme, *_ in EXERCISES} == set(THEMES)


@pytest.mark.parametrize(
    "exercise", [pytest.param(one, id=f"{number}-{one[1]}") for number, one in enumerate(EXERCISES)]
)
def test_a_challenge_asks_for_the_exercise(exercise: tuple[str, ...]) -> None:
    theme, slug, *asked = exercise
    [challenge] = [one for one in challenge_set(theme).challenges if one.id == slug]
    for language, words in zip(LANGUAGES, asked, strict=True):
        assert words in getattr(challenge, language).task.lower()


@pytest.mark.parametrize("page", PAGES)
def test_the_table_leads_to_each_exercise(page: str) -> None:
    known = {(name, one.id) for name, one in every_challenge()}
    assert {(theme, slug) for theme, slugs in table(page) for slug in slugs} <= known
    for (theme, slugs), (exercise_of, slug, *_) in zip(table(page), EXERCISES, strict=True):
        assert theme == exercise_of and slug in slugs


def test_both_pages_hold_the_same_table() -> None:
    dutch, english = (table(page) for page in PAGES)
    assert dutch == english


@pytest.mark.parametrize("page", PAGES)
def test_every_challenge_is_on_the_page(page: str) -> None:
    text = (PROJECT / "docs" / page).read_text()
    assert [one.id for _, one in every_challenge() if f"`{one.id}`" not in text] == []


@pytest.mark.parametrize("page", ["README.md", "README.en.md"])
def test_the_readme_counts_the_challenges(page: str) -> None:
    counted = re.findall(r"(\d+) (?:uitdagingen|challenges)", (PROJECT / page).read_text())
    assert counted == [str(len(every_challenge()))]


@pytest.mark.parametrize("page", ["sets.md", "sets.en.md"])
def test_the_page_about_files_has_the_tags_and_the_times_of_the_rules(page: str) -> None:
    text = (PROJECT / "docs" / page).read_text()
    tables = "".join(re.findall(r"^\|.+$", text, re.MULTILINE))
    assert all(f"`{word}`" in tables for words in CHOICES.values() for word in words)
    in_time = re.findall(r"\d+:\d{2}", text.replace("\n", " "))
    assert in_time == [f"{end.hour}:{end:%M}" for end in LAST_START.values()]


def test_nothing_is_copied_into_a_page() -> None:
    for page in (*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")):
        copied = run_hashes(page.read_text()) & source_runs()
        assert copied <= run_hashes(AUTHORS), page

"""Which week of a programme a participant is in, and what comes next."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.core.challenges.programme import About, Programme, has_just_ended, week_at, week_candidates
from bot.core.rhythm.workdays import Absence
from tests.unit.core.strategies import ABSENCES, DAYS

START = date(2026, 11, 23)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
A, B, C = ("lef", "a"), ("lef", "b"), ("ja-en", "c")


def programme(order: str = "fixed") -> Programme:
    """Returns a programme of two weeks: two challenges, and then one."""
    words = {"nl": "Iets", "en": "Something"}
    return Programme.model_validate(
        {
            "programme": "proef",
            "title": words,
            "about": words,
            "order": order,
            "weeks": [
                {"title": words, "challenges": ["lef/a", "lef/b"]},
                {"title": words, "challenges": ["ja-en/c"]},
            ],
        }
    )


def test_weeks_are_counted_from_the_start() -> None:
    weeks = [week_at(START, START + n * DAY, []) for n in (-1, 0, 6, 7, 13, 14)]
    assert weeks == [None, 0, 0, 1, 1, 2]


def test_a_pause_moves_what_comes_after_it() -> None:
    away = [Absence(START + 3 * DAY, START + 9 * DAY)]
    assert [week_at(START, START + n * DAY, away) for n in (6, 10, 13, 14)] == [0, 0, 0, 1]
    assert week_at(START, START + 60 * DAY, [Absence(START + 3 * DAY)]) == 0


@given(DAYS, st.integers(0, 80), ABSENCES)
def test_time_away_never_brings_a_week_nearer(start: date, n: int, away: list[Absence]) -> None:
    day = start + n * DAY
    week, next_week = week_at(start, day, away), week_at(start, day + DAY, away)
    assert week is not None and next_week is not None and week <= next_week <= week + 1
    assert week <= n // 7


def test_in_a_fixed_order_the_next_one_comes_first() -> None:
    fixed = programme()
    assert fixed.keys == (A, B, C)
    assert week_candidates(fixed, 0, set()) == (A, B)
    assert week_candidates(fixed, 0, {A}) == (B,)
    assert week_candidates(fixed, 0, {A, B}) == ()
    assert week_candidates(fixed, 1, set()) == (C,)
    assert week_candidates(fixed, 2, set()) == ()


@pytest.mark.parametrize("order", ["fixed", "free"])
@pytest.mark.parametrize(("week", "had"), [(0, {A, B}), (1, {C}), (2, set()), (9, {A})])
def test_nothing_is_left_of_a_week_that_they_had_or_of_a_programme_that_is_over(
    order: str, week: int, had: set[tuple[str, str]]
) -> None:
    assert week_candidates(programme(order), week, had) == ()


def test_in_a_free_order_any_of_the_week_may_come() -> None:
    assert week_candidates(programme("free"), 0, set()) == (A, B)
    assert week_candidates(programme("free"), 0, {A}) == (B,)


def test_it_is_said_once_that_it_is_over() -> None:
    followed, end = programme(), START + 2 * WEEK
    assert has_just_ended(followed, START, end - DAY, end, [])
    assert not has_just_ended(followed, START, end, end + DAY, [])
    assert not has_just_ended(followed, START, end - 2 * DAY, end - DAY, [])
    assert not has_just_ended(followed, START, None, end, [])
    assert not has_just_ended(followed, START, START - DAY, end, [])


def test_a_challenge_is_in_it_once() -> None:
    content = programme().model_dump()
    content["weeks"][1]["challenges"] = ["lef/a"]
    with pytest.raises(ValidationError, match="a challenge is there twice"):
        Programme.model_validate(content)


def test_what_it_is_about_in_each_language() -> None:
    about = About.of(nl="Acht weken", en="Eight weeks")
    assert (about.in_language("nl"), about.in_language("en")) == ("Acht weken", "Eight weeks")

"""Where somebody is in a programme, and what comes next."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.core.programme import Programme, has_just_ended, week_at, week_candidates
from bot.core.workdays import Absence
from tests.unit.core.strategies import ABSENCES, DAYS

START = date(2026, 11, 23)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
A, B, C = ("lef", "a"), ("lef", "b"), ("ja-en", "c")


def programme(order: str = "fixed") -> Programme:
    """Two weeks: two challenges, and then one."""
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
    found = [week_at(START, START + n * DAY, []) for n in (-1, 0, 6, 7, 13, 14)]
    assert found == [None, 0, 0, 1, 1, 2]


def test_a_pause_moves_what_comes_after_it() -> None:
    away = [Absence(START + 3 * DAY, START + 9 * DAY)]
    assert [week_at(START, START + n * DAY, away) for n in (6, 10, 13, 14)] == [0, 0, 0, 1]
    assert week_at(START, START + 60 * DAY, [Absence(START + 3 * DAY)]) == 0


@given(DAYS, st.integers(0, 80), ABSENCES)
def test_time_away_never_brings_a_week_nearer(start: date, n: int, away: list[Absence]) -> None:
    day = start + n * DAY
    here, later = week_at(start, day, away), week_at(start, day + DAY, away)
    assert here is not None and later is not None and here <= later <= here + 1
    assert here <= n // 7


def test_in_a_fixed_order_the_next_one_comes_first() -> None:
    one = programme()
    assert one.keys == (A, B, C)
    assert week_candidates(one, 0, set()) == (A, B)
    assert week_candidates(one, 0, {A}) == (B,)
    assert week_candidates(one, 0, {A, B}) == ()
    assert week_candidates(one, 1, set()) == (C,)
    assert week_candidates(one, 2, set()) == ()


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
    one, end = programme(), START + 2 * WEEK
    assert has_just_ended(one, START, end - DAY, end, [])
    assert not has_just_ended(one, START, end, end + DAY, [])
    assert not has_just_ended(one, START, end - 2 * DAY, end - DAY, [])
    assert not has_just_ended(one, START, None, end, [])
    assert not has_just_ended(one, START, START - DAY, end, [])


def test_a_challenge_is_in_it_once() -> None:
    given = programme().model_dump()
    given["weeks"][1]["challenges"] = ["lef/a"]
    with pytest.raises(ValidationError, match="a challenge is there twice"):
        Programme.model_validate(given)

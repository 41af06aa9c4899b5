"""Somebody who has everything that is shown of a team, and computes what a colleague did.

The attack is in `tools/docs/figures.py`: exact, with all boards, digests, pictures' values and JSON
of some weeks, made by the functions that make what is sent.
"""

from collections.abc import Hashable

import pytest

from bot.core.streaks.team_board import MIN_GROUP_SIZE, WeekMark, mark_of
from tools.docs import figures
from tools.docs.figures import ALLOWED, BASE_RATES, WEEKS, Chances, Guess

SURE = 0.9999


def bears(guess: Guess) -> bool:
    """Whether nothing is certain, and guessing gained no more than it may."""
    return guess.surest < SURE and guess.gain <= ALLOWED


@pytest.mark.parametrize("rate", BASE_RATES)
@pytest.mark.parametrize(("size", "attackers"), figures.attacks_on_teams())
def test_who_holds_everything_of_a_team_hardly_guesses_better(
    size: int, attackers: int, rate: float
) -> None:
    assert bears(figures.guess_about_first_of(WEEKS, size, attackers, rate))


@pytest.mark.parametrize("rate", [n / 20 for n in range(1, 20)])
@pytest.mark.parametrize("size", [5, 8, 20])
def test_nor_do_all_of_a_team_together_about_the_last_of_them(size: int, rate: float) -> None:
    """Also three invented members and one real one are such a team."""
    assert bears(figures.guess_about_week(size, size - 1, rate, figures.marks_of_week))


@pytest.mark.parametrize("rate", BASE_RATES)
@pytest.mark.parametrize("attackers", [1, 3])
def test_who_holds_the_figures_of_a_challenge_hardly_guesses_better(
    attackers: int, rate: float
) -> None:
    assert bears(figures.guess_about_batch(figures.BATCH_SIZES[0], attackers, rate))


# The rules of before, which the attack breaks


def share_from_half_on(had_round: int, took_part: int) -> Chances:
    """`9 van de 9`, and of fewer than half only that it was fewer."""
    shown: Hashable = took_part if 2 * took_part >= had_round else "below"
    return {shown: 1.0}


def mark_without_noise(had_round: int, took_part: int) -> Chances:
    """The marks of today, without noise."""
    return {mark_of(had_round, took_part, 0, MIN_GROUP_SIZE): 1.0}


@pytest.mark.parametrize("rules", [share_from_half_on, mark_without_noise])
@pytest.mark.parametrize(("size", "attackers"), [(5, 1), (6, 1), (10, 3)])
def test_the_attack_breaks_figures_without_noise(
    rules: figures.Rules, size: int, attackers: int
) -> None:
    guess = figures.guess_about_week(size, attackers, 0.5, rules)
    assert guess.surest == 1 and not bears(guess)


def test_a_mark_that_flips_during_the_week_would_tell_who_tapped() -> None:
    """Of two looks right before and after a tap, without noise or with the same noise."""
    flips = [took for took in range(5) if _mark(took) is not _mark(took + 1)]
    assert flips and WeekMark.HALF in map(_mark, range(6))


def _mark(took_part: int) -> WeekMark:
    return mark_of(5, took_part, 0, MIN_GROUP_SIZE)


# The attack itself


def test_the_outputs_hold_all_that_a_mark_can_change() -> None:
    shown = {
        figures.outputs((mark,))
        for mark in (WeekMark.MOST, WeekMark.HALF, WeekMark.BELOW, WeekMark.QUIET)
    }
    assert len(shown) == 4


def test_in_drawn_worlds_with_drawn_keys_the_attacker_is_right_as_often_as_computed() -> None:
    worlds = 3000
    right = figures.share_guessed_right(worlds, 5, 1, 0.5)
    exact = figures.guess_about_first_of(1, 5, 1, 0.5).right
    assert right == pytest.approx(exact, abs=4 * 0.5 / worlds**0.5)


def test_the_table_in_the_docs_is_that_of_the_program() -> None:
    page = figures.PAGE.read_text()
    for name, table in figures.TABLES.items():
        start = page.index(figures.BEGIN.format(name))
        assert table() in page[start : page.index(figures.END, start)], (
            "run `python -m tools.docs.figures`"
        )

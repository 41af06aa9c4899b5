"""The strength of a habit: smoothed, so that one missed round costs little."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.streaks.rounds import Outcome
from bot.core.streaks.streak import (
    round_multiplier,
    strength_of,
)
from tests.unit.core.streaks.habits import OUTCOMES, rounds_from


@given(OUTCOMES, st.data())
def test_doing_instead_of_missing_never_costs_strength(
    steps: list[tuple[int, Outcome]], data: st.DataObject
) -> None:
    rounds = rounds_from([*steps, (1, Outcome.MISSED)])
    missed = [n for n, played in enumerate(rounds) if played.outcome is Outcome.MISSED]
    n = data.draw(st.sampled_from(missed))
    better = [*rounds[:n], replace(rounds[n], outcome=Outcome.DONE), *rounds[n + 1 :]]
    assert strength_of(better) > strength_of(rounds)


@given(st.lists(st.booleans(), max_size=200))
def test_strength_of_a_daily_habit_is_loops_score(marks: list[bool]) -> None:
    score = 0.0
    for mark in marks:
        multiplier = 0.5 ** (math.sqrt(1.0) / 13.0)
        score = score * multiplier + mark * (1 - multiplier)
    steps = [(1, Outcome.DONE if mark else Outcome.MISSED) for mark in marks]
    assert strength_of(rounds_from(steps, per_week=7)) == pytest.approx(score)


def test_half_strong_after_thirteen_days_and_tried_is_as_strong_as_done() -> None:
    done = rounds_from([(1, Outcome.DONE)] * 13, per_week=7)
    tried = rounds_from([(1, Outcome.TRIED)] * 13, per_week=7)
    assert strength_of(done) == strength_of(tried) == pytest.approx(0.5)


def test_strength_of_a_weekly_habit_moves_as_loops_does_in_a_week() -> None:
    assert round_multiplier(1) == pytest.approx((0.5 ** (math.sqrt(1 / 7) / 13)) ** 7)
    assert round_multiplier(7) == pytest.approx(0.5 ** (1 / 13))


@pytest.mark.parametrize(("per_week", "cost"), [(7, 0.0520), (2, 0.0950), (1, 0.1316)])
def test_one_miss_costs_a_little_and_not_all(per_week: int, cost: float) -> None:
    long = rounds_from([(1, Outcome.DONE)] * 500, per_week)
    missed = [*long, replace(long[-1], outcome=Outcome.MISSED)]
    assert 1 - strength_of(missed) / strength_of(long) == pytest.approx(cost, abs=0.0005)

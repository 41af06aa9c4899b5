"""Rates with their bounds, and what is too few to tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.challenges.statistics import (
    ChallengeCounts,
    noisy_rate,
    people_in_batch,
    sums_by_theme,
    wilson_rate,
)


@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    [  # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(part: int, of: int, low: float, high: float) -> None:
    rate = wilson_rate(part, of)
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


@given(st.integers(1, 500), st.data())
def test_bounds_lie_around_the_share_and_grow_nearer(of: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, of))
    rate, larger = wilson_rate(part, of), wilson_rate(10 * part, 10 * of)
    assert 0 <= rate.low <= rate.share + 1e-9 and rate.share - 1e-9 <= rate.high <= 1
    assert larger.high - larger.low < rate.high - rate.low


@given(st.integers(15, 500), st.integers(-60, 560), st.integers(1, 20))
def test_a_share_is_told_in_tenths_and_never_as_all_or_none(
    of: int, part: int, batches: int
) -> None:
    rate = noisy_rate(part, of, batches)
    assert rate.share in [n / 10 for n in range(1, 10)]
    assert 0 <= rate.low <= rate.share <= rate.high <= 1
    assert rate.low * 10 % 1 == rate.high * 10 % 1 == 0


def test_noise_makes_the_interval_wider_and_many_people_make_that_matter_less() -> None:
    few, many = noisy_rate(8, 16, 1), noisy_rate(800, 1600, 1)
    assert (few.low, few.high) == (0.0, 1.0)
    assert (many.low, many.high) == (0.4, 0.6)
    assert wilson_rate(8, 16).low > 0.25


@pytest.mark.parametrize(
    ("part", "of", "batches", "low", "high"),
    [  # by hand: half of Wilson's interval and the noise's reach, as the sides of a right angle
        (25, 50, 2, 0.2, 0.8),  # 0.134 and 0.192 make 0.234, around 0.5
        (-4, 16, 1, 0.0, 0.5),  # counts as 0 of 16: 0.194 and 0.424 make 0.467
    ],
)
def test_the_noise_and_the_interval_are_added_as_if_independent(
    part: int, of: int, batches: int, low: float, high: float
) -> None:
    rate = noisy_rate(part, of, batches)
    assert (rate.low, rate.high) == (low, high)


def test_the_counts_of_a_set_are_the_sums_of_its_challenges() -> None:
    [other, lef] = sums_by_theme(
        [
            ChallengeCounts("lef", "a", 1, 17, 9, 3, 4),
            ChallengeCounts("lef", "b", 2, 40, 21, -2, 5),
            ChallengeCounts("ja-en", "c", 1, 15, 15, 0, 0),
        ]
    )
    assert lef == ChallengeCounts("lef", "", 3, 57, 30, 1, 9) and lef.at_least == 55
    assert other.theme == "ja-en" and other.rates["did"].share == 0.9
    assert lef.rates["swapped"].share == 0.1


def test_a_batch_is_never_smaller_than_a_team_with_figures() -> None:
    assert (people_in_batch(5), people_in_batch(40)) == (15, 40)

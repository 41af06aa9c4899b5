"""The noise in figures: as it is drawn, and what it promises."""

from collections import Counter
from math import log, sqrt

import pytest

from bot.core.privacy.noise import RATIO, VARIANCE, geometric, new_noise_key, noise
from tests.support.noise import KEY_WITHOUT_NOISE, WEEKS_WITHOUT_NOISE
from tools.docs.figures import chance_of_noise

DRAWS = 40_000


def test_the_same_count_always_gets_the_same_noise() -> None:
    assert noise("key", "week 2026-11-23") == noise("key", "week 2026-11-23")
    assert len({noise("key", f"week {n}") for n in range(50)}) > 5
    assert len({noise(f"key {n}", "week") for n in range(50)}) > 5
    assert new_noise_key() != new_noise_key()


def test_a_key_cannot_be_guessed() -> None:
    assert len(bytes.fromhex(new_noise_key())) == 256 // 8


def test_what_is_drawn_has_the_geometric_distribution_and_no_draw_is_an_error() -> None:
    draws = [n.to_bytes(2) for n in range(256**2)]
    for value, times in Counter(map(geometric, draws)).items():
        expected = len(draws) * (1 - RATIO) * RATIO**value
        assert value >= 0 and times == pytest.approx(expected, abs=1)


def test_the_noise_is_as_likely_as_the_formula_says() -> None:
    drawn = Counter(noise(f"key {n}", "week 2026-11-23") for n in range(DRAWS))
    for value in range(-8, 9):
        expected = chance_of_noise(value)
        assert drawn[value] / DRAWS == pytest.approx(expected, abs=4 * sqrt(expected / DRAWS))
    spread = sum(value**2 * times for value, times in drawn.items()) / DRAWS
    assert spread == pytest.approx(VARIANCE, rel=0.05)


def test_nobody_makes_any_outcome_more_than_half_as_likely_again() -> None:
    """Which is what keeps a guess from growing by more than 10.2 percentage points."""
    ratios = [chance_of_noise(n) / chance_of_noise(n + 1) for n in range(-40, 40)]
    assert max(ratios) == pytest.approx(1 / RATIO) and min(ratios) == pytest.approx(RATIO)
    assert log(1 / RATIO) == pytest.approx(log(1.5))
    gains = [
        share / (share + (1 - share) * RATIO) - share for share in (n / 100 for n in range(101))
    ]
    assert max(gains) < 0.102


def test_the_key_of_the_tests_is_without_noise() -> None:
    assert [noise(KEY_WITHOUT_NOISE, f"week {monday}") for monday in WEEKS_WITHOUT_NOISE] == [0] * 8

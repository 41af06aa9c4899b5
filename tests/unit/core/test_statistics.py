"""Rates with their bounds, and what is too few to tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.rounds import COUNTS, Answer
from bot.core.statistics import ChallengeCounts, publishable_statistics, wilson_rate


def counts(theme: str, slug: str, members: int, sent: int, done: int = 0) -> ChallengeCounts:
    """A challenge that was done so often, and nothing else."""
    answers = {Answer.DONE: done, Answer.SKIPPED: sent - done}
    return ChallengeCounts(theme, slug, members, sent, answers, 0)


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


def test_few_people_are_left_out_of_the_sum_as_well() -> None:
    figures = publishable_statistics(
        [
            counts("lef", "a", 4, 10, 5),
            counts("lef", "b", 3, 90, 90),
            counts("lef", "c", 6, 10, 10),
            counts("ja-en", "d", 1, 1),
            counts("ja-en", "e", 0, 0),
        ],
        4,
    )
    assert [counted.slug for counted in figures.challenges] == ["a", "c"] and figures.hidden == 2
    [lef] = figures.themes
    assert (lef.theme, lef.slug, lef.sent, lef.members) == ("lef", "", 20, 6)
    assert lef.rates["did"].share == 0.75
    assert lef.rates["skipped"].share == 0.25


def test_every_answer_has_a_count_and_a_rate() -> None:
    counted = ChallengeCounts("lef", "a", 4, 10, dict.fromkeys(Answer, 2), 1)
    assert counted.parts == {**{answer.value: 2 for answer in Answer}, "reflected": 1}
    shares = {name: rate.share for name, rate in counted.rates.items()}
    assert shares == {
        "did": 0.2 * len(COUNTS), **{answer.value: 0.2 for answer in Answer}, "reflected": 0.1,
    }  # fmt: skip

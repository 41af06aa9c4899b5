"""Which minute a member gets: the one they chose, unless it is crowded."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.rhythm.load_spreading import CROWDED, uncrowded_moment

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_the_chosen_minute_while_there_is_room() -> None:
    assert uncrowded_moment(NINE, {}) == NINE
    assert uncrowded_moment(NINE, {NINE: CROWDED - 1}) == NINE


def test_the_next_minute_when_it_is_full() -> None:
    full = {NINE + timedelta(minutes=n): CROWDED for n in range(7)}
    assert uncrowded_moment(NINE, full) == NINE + timedelta(minutes=7)


def test_the_least_crowded_when_all_are_full() -> None:
    full = {NINE + timedelta(minutes=n): CROWDED + 10 - (n == 12) for n in range(30)}
    assert uncrowded_moment(NINE, full) == NINE + timedelta(minutes=12)


@given(st.lists(st.integers(0, 3 * CROWDED), min_size=30, max_size=30))
def test_never_fuller_than_another_and_never_far(counts: list[int]) -> None:
    crowds = {NINE + timedelta(minutes=n): count for n, count in enumerate(counts)}
    chosen = uncrowded_moment(NINE, crowds)
    assert NINE <= chosen < NINE + timedelta(minutes=30)
    assert crowds[chosen] < CROWDED or crowds[chosen] == min(counts)

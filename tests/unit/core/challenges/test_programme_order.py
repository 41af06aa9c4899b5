"""Moving the weeks and challenges of a programme, one place at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.challenges.programme_order import (
    Order,
    WeekOrder,
    in_order,
    move_challenge,
    move_week,
    order_of,
    place_of,
)
from tests.unit.core.challenges.test_programme import programme

A, B, C = "lef/a", "lef/b", "ja-en/c"
PACKAGED: Order = (WeekOrder(0, (A, B)), WeekOrder(1, (C,)))
MOVES = st.lists(st.tuples(st.sampled_from([0, 1, A, B, C]), st.sampled_from([-1, 1])), max_size=30)


def test_it_begins_as_it_is_packaged() -> None:
    assert order_of(programme()) == PACKAGED
    assert in_order(programme(), PACKAGED) == programme()


def test_a_week_goes_with_all_that_is_in_it() -> None:
    moved = move_week(PACKAGED, 0, 1)
    assert moved == (WeekOrder(1, (C,)), WeekOrder(0, (A, B)))
    assert move_week(moved, 1, -1) == PACKAGED
    weeks = in_order(programme(), moved).weeks
    assert weeks == tuple(reversed(programme().weeks))


@pytest.mark.parametrize(
    ("challenge", "by", "weeks"),
    [(A, 1, [(B, A), (C,)]), (B, -1, [(B, A), (C,)]), (B, 1, [(A,), (B, C)])],
)
def test_a_challenge_moves_one_place_and_past_the_end_of_its_week(
    challenge: str, by: int, weeks: list[tuple[str, ...]]
) -> None:
    moved = move_challenge(PACKAGED, challenge, by)
    assert moved is not None
    assert [week.challenges for week in moved] == weeks
    assert move_challenge(moved, challenge, -by) == PACKAGED


def test_a_challenge_goes_back_to_the_end_of_the_week_before() -> None:
    later = (WeekOrder(0, (A,)), WeekOrder(1, (B, C)))
    assert move_challenge(later, B, -1) == PACKAGED


def test_what_cannot_be_moved_stays() -> None:
    assert move_week(PACKAGED, 0, -1) is move_week(PACKAGED, 1, 1) is None
    assert move_week(PACKAGED, 2, -1) is move_week(PACKAGED, -1, 1) is None
    assert move_challenge(PACKAGED, A, -1) is None  # the first of all
    assert move_challenge(PACKAGED, C, 1) is move_challenge(PACKAGED, C, -1) is None  # the only one
    assert move_challenge((WeekOrder(0, (A,)), WeekOrder(1, (B, C))), C, 1) is None  # the last one
    assert move_challenge(PACKAGED, "lef/x", 1) is None
    assert place_of(PACKAGED, "lef/x") is None and place_of(PACKAGED, C) == (1, 0)


@pytest.mark.parametrize(
    "order",
    [
        PACKAGED[:1],
        (WeekOrder(0, (A, B)), WeekOrder(1, ("lef/x",))),
        (WeekOrder(0, (A, B)), WeekOrder(2, (C,))),
        (WeekOrder(0, (A, B)), WeekOrder(0, (C,))),
        (WeekOrder(0, (A, B, B)), WeekOrder(1, (C,))),
    ],
)
def test_an_order_of_another_programme_does_not_count(order: Order) -> None:
    packaged = programme()
    assert in_order(packaged, order) is packaged


@given(MOVES)
def test_nothing_is_lost_and_no_week_is_left_empty(moves: list[tuple[int | str, int]]) -> None:
    order = PACKAGED
    for what, by in moves:
        moved = (
            move_week(order, what, by) if isinstance(what, int) else move_challenge(order, what, by)
        )
        order = order if moved is None else moved
    shown = in_order(programme(), order)
    assert sorted(shown.keys) == sorted(programme().keys)
    assert [week.challenges for week in shown.weeks] == [week.challenges for week in order]
    assert all(week.challenges for week in order)

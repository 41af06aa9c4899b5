"""How much nerve is asked for, by what a member did with the last challenges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.challenges.nerve import (
    DECLINED,
    DONE_FOR_THREE,
    REMEMBERED,
    Nerve,
    Response,
    nerve_of,
)

RESPONSES = st.lists(st.sampled_from(Response), max_size=REMEMBERED).map(tuple)
DARINGS = st.lists(st.integers(1, 3), max_size=REMEMBERED).map(tuple)
DONE = st.integers(0, DONE_FOR_THREE)


def asked(
    responses: str = "", darings: tuple[int, ...] = (), done: int = 12, most: int = 3
) -> Nerve:
    """What may be asked after these responses, newest first."""
    return nerve_of(darings, tuple(Response(letter) for letter in responses), done, most)


@pytest.mark.parametrize(
    ("done", "most", "first_ones"),
    [(0, 2, True), (3, 2, True), (4, 2, False), (11, 2, False), (12, 3, False)],
)
def test_it_rises_with_what_was_done(done: int, most: int, first_ones: bool) -> None:
    nerve = asked(done=done)
    assert (nerve.most, nerve.first_ones) == (most, first_ones)


@pytest.mark.parametrize("declined", sorted(DECLINED))
def test_one_declined_lowers_it_and_a_second_makes_it_the_lowest(declined: Response) -> None:
    assert asked("dddd").most == 3
    assert (asked(f"ddd{declined}").most, asked(f"ddd{declined}").first_ones) == (2, False)
    assert asked(f"d{declined}d{declined}").first_ones
    assert asked(f"dddd{declined}{declined}").most == 3  # that is long ago


@pytest.mark.parametrize("neutral", ["n", "u", "d"])
def test_what_says_nothing_lowers_nothing(neutral: str) -> None:
    assert asked(neutral * 12).most == 3


@pytest.mark.parametrize("declined", sorted(DECLINED))
def test_a_bold_one_that_was_declined_does_not_come_back_for_twelve(declined: Response) -> None:
    for others in range(4, 12):
        responses, darings = "d" * others + declined, (*[1] * others, 3)
        assert asked(responses, darings).most == 2
    assert asked("d" * 12, (1,) * 12).most == 3


def test_three_others_come_between_two_bold_ones() -> None:
    assert [asked("d" * 5, (*[2] * n, 3)).most for n in range(5)] == [2, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("darings", "order"),
    [
        ((), (3, 2, 1)),
        ((3,), (2, 1)),
        ((2, 3), (1, 2)),
        ((1, 2, 3), (2, 1)),
        ((2, 1, 2, 3), (3, 1, 2)),
    ],
)
def test_easy_ones_keep_coming(darings: tuple[int, ...], order: tuple[int, ...]) -> None:
    assert asked("dddd", darings).order == order


@pytest.mark.parametrize("last", ["s", "-"])
def test_after_a_silence_or_a_skip_a_small_one_is_due(last: str) -> None:
    assert asked(last + "ddd").small and not asked("d" + last + "dd").small


@pytest.mark.parametrize("last", ["a", "u"])
def test_what_comes_in_place_of_another_is_not_bolder(last: str) -> None:
    assert [asked(last, (daring, 2, 2, 2)).most for daring in (1, 2, 3)] == [1, 2, 2]
    assert not asked(last, (1,)).small


@given(DARINGS, RESPONSES, DONE, st.integers(1, 3))
def test_what_always_holds(
    darings: tuple[int, ...], responses: tuple[Response, ...], done: int, maximum: int
) -> None:
    nerve = nerve_of(darings, responses, done, maximum)
    assert sorted(nerve.order) == list(range(1, nerve.most + 1))
    assert nerve.most <= maximum
    assert nerve.most < 3 or 3 not in darings[:3]
    assert not nerve.first_ones or nerve.order[0] == 1
    assert nerve_of(darings, responses, done, 3).most >= nerve.most

"""Which challenge comes next."""

from collections import Counter
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.core.choice import Candidate, choose, daring_level

NAMES = ("nieuwsgierig", "oogkleppen", "ja-en")
CANDIDATES = [Candidate(name, f"c{n}", 1 + n % 3) for name in NAMES for n in range(6)]
SETS = st.lists(
    st.builds(Candidate, st.sampled_from("abcd"), st.text("xyz", min_size=1), st.integers(1, 3)),
    min_size=1,
    unique_by=lambda candidate: candidate.key,
)


def series(candidates: list[Candidate], length: int, member: int = 1) -> list[Candidate]:
    """What a member gets who does everything."""
    given: list[Candidate] = []
    for done in range(length):
        choice = choose(candidates, [one.key for one in given], done, member)
        assert choice is not None
        given.append(choice)
    return given


def test_nothing_to_choose_from() -> None:
    assert choose([], [("gone", "c1")], 3, 1) is None


@given(SETS, st.integers(1, 9))
def test_none_comes_twice_until_all_have_come(candidates: list[Candidate], member: int) -> None:
    given = series(candidates, 2 * len(candidates), member)
    first, second = given[: len(candidates)], given[len(candidates) :]
    assert set(first) == set(second) == set(candidates)


@given(SETS, st.integers(1, 9))
def test_never_the_same_theme_twice_in_a_row_where_there_is_another(
    candidates: list[Candidate], member: int
) -> None:
    given = series(candidates, len(candidates), member)
    for n in range(1, len(given)):
        left = {one.set_name for one in candidates if one not in given[:n]}
        if len(left) > 1:
            assert given[n].set_name != given[n - 1].set_name


@given(SETS, st.lists(st.tuples(st.sampled_from("abcde"), st.text("xyz", min_size=1))), st.data())
def test_whatever_came_before_the_least_sent_come_first_and_another_theme(
    candidates: list[Candidate], past: list[tuple[str, str]], data: st.DataObject
) -> None:
    known = st.sampled_from([one.key for one in candidates])
    sent = past + data.draw(st.lists(known))
    choice = choose(candidates, sent, data.draw(st.integers(0, 20)), 1)
    assert choice is not None
    fewest = min(sent.count(one.key) for one in candidates)
    themes = {one.set_name for one in candidates if sent.count(one.key) == fewest}
    assert sent.count(choice.key) == fewest
    assert not sent or choice.set_name != sent[-1][0] or themes == {choice.set_name}


@given(SETS, st.randoms(use_true_random=False), st.integers(0, 20), st.integers(1, 9))
def test_the_order_of_the_candidates_does_not_matter(
    candidates: list[Candidate], chance: Random, done: int, member: int
) -> None:
    shuffled = chance.sample(candidates, len(candidates))
    assert choose(shuffled, [], done, member) == choose(candidates, [], done, member)


def test_the_nerve_asked_for_wins_over_the_theme_with_most_left() -> None:
    big = [Candidate("a", f"c{n}", 3) for n in range(9)]
    brave = [*big, Candidate("b", "small", 1)]
    assert choose(brave, [], 0, 1) == Candidate("b", "small", 1)


def test_the_theme_with_most_left_wins_over_the_best_fit() -> None:
    candidates = [*(Candidate("a", f"c{n}", 1) for n in range(3)), Candidate("b", "fits", 3)]
    choice = choose(candidates, [], 12, 1)
    assert choice is not None and choice.set_name == "a"


def test_within_a_theme_the_best_fit_wins() -> None:
    candidates = [Candidate("a", f"c{n}", 1 + n % 3) for n in range(9)]
    daring = [choose(candidates, [], done, 1) for done in (0, 4, 12)]
    assert [choice.daring for choice in daring if choice] == [1, 2, 3]


def test_a_retired_challenge_still_says_which_theme_was_last() -> None:
    candidates = [Candidate("a", "c1", 1), Candidate("b", "c1", 3)]
    assert choose(candidates, [("a", "retired")], 0, 1) == candidates[1]
    assert choose(candidates, [("b", "retired")], 0, 1) == candidates[0]


def test_with_sets_of_one_size_no_theme_ever_comes_twice_in_a_row() -> None:
    for member in range(50):
        given = series(CANDIDATES, len(CANDIDATES), member)
        assert all(a.set_name != b.set_name for a, b in pairwise(given))


def test_daring_rises_slowly() -> None:
    assert [daring_level(done) for done in (0, 3, 4, 11, 12, 500)] == [1, 1, 2, 2, 3, 3]
    given = series(CANDIDATES, 18)
    assert [one.daring for one in given[:4]] == [1, 1, 1, 1]
    assert max(one.daring for one in given[:9]) <= 2
    assert Counter(one.daring for one in given[12:])[3] == 6


def test_someone_who_does_nothing_is_not_asked_to_dare_more() -> None:
    sent: list[tuple[str, str]] = []
    for _ in range(6):
        choice = choose(CANDIDATES, sent, 0, 1)
        assert choice is not None and choice.daring == 1
        sent.append(choice.key)


def test_the_same_question_has_the_same_answer_and_members_differ() -> None:
    assert series(CANDIDATES, 5) == series(CANDIDATES, 5)
    assert len({choose(CANDIDATES, [], 0, member) for member in range(30)}) > 3


def test_challenges_that_are_gone_do_not_matter() -> None:
    sent = [("gone", "c1")] * 3
    assert choose(CANDIDATES, sent, 0, 1) == choose(CANDIDATES, [], 0, 1)

"""Which challenge comes next."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.core.selection import (
    DARINGS,
    MAX_TIMES_RECEIVED,
    Available,
    History,
    Selected,
    Theme,
    daring_level,
    nth_bit,
    select_challenge,
)


@dataclass(frozen=True)
class Card:
    """A challenge: its number, the name of its set, and how much nerve it takes."""

    number: int
    theme: str
    daring: int


NAMES = ("nieuwsgierig", "oogkleppen", "ja-en")
CARDS = [Card(6 * s + n, name, 1 + n % 3) for s, name in enumerate(NAMES) for n in range(6)]
HANDS = st.lists(
    st.builds(Card, st.integers(0, 90), st.sampled_from("abcd"), st.integers(1, 3)),
    min_size=1,
    unique_by=lambda card: card.number,
)
HALF_OF_TIMES = MAX_TIMES_RECEIVED // 2
GONE = 200  # a number that no card here has


def available_from(cards: list[Card]) -> Available:
    """Returns these cards as challenges that can be selected."""
    return Available(
        tuple(
            Theme(
                name,
                {
                    daring: sum(
                        1 << card.number
                        for card in cards
                        if (card.theme, card.daring) == (name, daring)
                    )
                    for daring in DARINGS
                },
            )
            for name in sorted({card.theme for card in cards})
        )
    )


def after(sent: list[tuple[int, str]], done: int = 0) -> History:
    """Returns the history of a member who received these."""
    history = History(done=done)
    for number, theme in sent:
        history = history.after_receiving(number, theme, planned=True)
    return history


def chosen(cards: list[Card], history: History, member: int = 1) -> Card:
    """Returns the card that is selected."""
    choice = select_challenge(available_from(cards), history, member)
    assert choice is not None
    [card] = [card for card in cards if card.number == choice.number]
    assert card.theme == choice.theme
    return card


def series(cards: list[Card], length: int, member: int = 1) -> list[Card]:
    """Returns what a member receives who does everything."""
    history, received = History(), []
    for done in range(length):
        card = chosen(cards, replace(history, done=done), member)
        history = history.after_receiving(card.number, card.theme, planned=True)
        received.append(card)
    return received


def test_nothing_to_choose_from() -> None:
    assert select_challenge(Available(()), after([(GONE, "gone")]), 1) is None
    assert select_challenge(available_from(CARDS).only(0), History(), 1) is None


@given(HANDS, st.integers(1, 9))
def test_none_comes_twice_until_all_have_come(cards: list[Card], member: int) -> None:
    received = series(cards, 2 * len(cards), member)
    first, second = received[: len(cards)], received[len(cards) :]
    assert set(first) == set(second) == set(cards)


@given(HANDS, st.integers(1, 9))
def test_never_the_same_theme_twice_in_a_row_where_there_is_another(
    cards: list[Card], member: int
) -> None:
    received = series(cards, len(cards), member)
    for n in range(1, len(received)):
        left = {card.theme for card in cards if card not in received[:n]}
        if len(left) > 1:
            assert received[n].theme != received[n - 1].theme


@given(
    HANDS,
    st.lists(st.tuples(st.integers(0, GONE), st.sampled_from("abcde")), max_size=HALF_OF_TIMES),
    st.data(),
)
def test_whatever_came_before_the_least_sent_come_first_and_another_theme(
    cards: list[Card], earlier: list[tuple[int, str]], data: st.DataObject
) -> None:
    known = st.sampled_from([(card.number, card.theme) for card in cards])
    sent = earlier + data.draw(st.lists(known, max_size=HALF_OF_TIMES))
    card = chosen(cards, after(sent, data.draw(st.integers(0, 20))))
    times = Counter(number for number, _ in sent)
    fewest = min(times[card.number] for card in cards)
    themes = {card.theme for card in cards if times[card.number] == fewest}
    assert times[card.number] == fewest
    assert not sent or card.theme != sent[-1][1] or themes == {card.theme}


@given(st.lists(st.integers(0, 40)))
def test_a_history_counts_how_often_each_came(numbers: list[int]) -> None:
    history = after([(number, "a") for number in numbers])
    assert history.rounds == len(numbers)
    most = max(Counter(numbers).values(), default=0)
    assert len(history.times_received) == min(most, MAX_TIMES_RECEIVED)
    for number, times in Counter(numbers).items():
        known = max(times - max(most - MAX_TIMES_RECEIVED, 0), 0)
        assert [bits >> number & 1 for bits in history.times_received] == [1] * known + [0] * (
            len(history.times_received) - known
        )


def test_a_history_does_not_grow_for_ever_and_what_is_new_still_comes_first() -> None:
    history = after([(number, "a") for number in (0, 1)] * 500)
    assert history.times_received == (0b11,) * MAX_TIMES_RECEIVED
    assert chosen([Card(0, "a", 1), Card(1, "a", 1), Card(2, "a", 1)], history).number == 2


def test_what_was_asked_for_began_no_round() -> None:
    history = History().after_receiving(3, "a", planned=False)
    assert (history.rounds, history.times_received, history.last_theme) == (0, (0b1000,), "a")


def test_the_nerve_asked_for_wins_over_the_theme_with_most_left() -> None:
    brave = [*(Card(n, "a", 3) for n in range(9)), Card(9, "b", 1)]
    assert chosen(brave, History()).number == 9


def test_the_theme_with_most_left_wins_over_the_best_fit() -> None:
    cards = [*(Card(n, "a", 1) for n in range(3)), Card(3, "b", 3)]
    assert chosen(cards, History(done=12)).theme == "a"


def test_within_a_theme_the_best_fit_wins() -> None:
    cards = [Card(n, "a", 1 + n % 3) for n in range(9)]
    assert [chosen(cards, History(done=done)).daring for done in (0, 4, 12)] == [1, 2, 3]


def test_a_retired_challenge_still_says_which_theme_was_last() -> None:
    cards = [Card(0, "a", 1), Card(1, "b", 3)]
    assert chosen(cards, after([(GONE, "a")])).theme == "b"
    assert chosen(cards, after([(GONE, "b")])).theme == "a"


def test_with_sets_of_one_size_no_theme_ever_comes_twice_in_a_row() -> None:
    for member in range(50):
        received = series(CARDS, len(CARDS), member)
        assert all(a.theme != b.theme for a, b in pairwise(received))


def test_daring_rises_slowly() -> None:
    assert [daring_level(done) for done in (0, 3, 4, 11, 12, 500)] == [1, 1, 2, 2, 3, 3]
    received = series(CARDS, 18)
    assert [card.daring for card in received[:4]] == [1, 1, 1, 1]
    assert max(card.daring for card in received[:9]) <= 2
    assert Counter(card.daring for card in received[12:])[3] == 6


def test_someone_who_does_nothing_is_not_asked_to_dare_more() -> None:
    history = History()
    for _ in range(6):
        card = chosen(CARDS, history)
        assert card.daring == 1
        history = history.after_receiving(card.number, card.theme, planned=True)


def test_the_same_question_has_the_same_answer_and_members_differ() -> None:
    assert series(CARDS, 5) == series(CARDS, 5)
    assert len({chosen(CARDS, History(), member) for member in range(30)}) > 3


def test_what_is_drawn_differs_with_what_was_received() -> None:
    alike = [Card(n, "a", 1) for n in range(20)]
    drawn = [chosen(alike, after([(GONE, "gone")] * times)).number for times in range(1, 8)]
    assert len(set(drawn)) > 3


def test_the_draw_is_the_same_in_each_release_and_on_each_computer() -> None:
    alike = [Card(n, "a", 1) for n in range(100)]
    drawn = [chosen(alike, History(), member).number for member in range(1, 6)]
    assert drawn == [71, 28, 31, 33, 86]


def test_challenges_that_are_gone_do_not_matter() -> None:
    for card in (chosen(CARDS, after([(GONE, "gone")] * 3)), chosen(CARDS, History())):
        assert card.daring == 1 and card in CARDS


def test_what_is_available_can_be_narrowed() -> None:
    narrow = available_from(CARDS).only(1 << 7 | 1 << GONE)
    assert narrow.all == 1 << 7
    assert select_challenge(narrow, History(), 1) == Selected(7, "oogkleppen")


@given(st.integers(1, 2**300))
def test_the_places_of_all_bits(bits: int) -> None:
    places = [nth_bit(bits, nth) for nth in range(bits.bit_count())]
    assert sum(1 << place for place in places) == bits and places == sorted(set(places))

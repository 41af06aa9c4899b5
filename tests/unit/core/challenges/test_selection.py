"""Which challenge comes next."""

from collections import Counter
from dataclasses import replace
from datetime import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.challenges.fit import DayPart, Span, WorkProfile, does_fit, is_in_time
from bot.core.challenges.nerve import DECLINED, REMEMBERED, REPLACED, Response
from bot.core.challenges.selection import (
    MAX_TIMES_RECEIVED,
    Available,
    History,
    Selected,
    nth_bit,
    received_by_either,
    select_challenge,
)
from tests.unit.core.challenges.cards import Card, available_from
from tests.unit.core.challenges.test_fit import PROFILES, TAGS

NAMES = ("nieuwsgierig", "oogkleppen", "ja-en")
CARDS = [Card(6 * s + n, name, 1 + n % 3) for s, name in enumerate(NAMES) for n in range(6)]
DECK = [
    Card(9 * theme + n, f"set-{theme}", 1 + n % 3, 5 if n < 5 else 20)
    for theme in range(12)
    for n in range(9)
]
HANDS = st.lists(
    st.builds(Card, st.integers(0, 90), st.sampled_from("abcd"), st.integers(1, 3)),
    min_size=1,
    unique_by=lambda card: card.number,
)
GONE = 200  # a number that no card here has
NOON = time(12)


def after(sent: list[tuple[int, str]], done: int = 0) -> History:
    """Returns the history of a member who received these, of daring 1."""
    history = History(done=done)
    for number, theme in sent:
        history = history.after_receiving(Selected(number, theme, 1), planned=True)
    return history


def chosen(
    cards: list[Card], history: History, member: int = 1, maximum: int = 3, suitable: int = -1
) -> Card:
    """Returns the card that is selected."""
    choice = select_challenge(available_from(cards), suitable, history, member, maximum)
    assert choice is not None
    [card] = [card for card in cards if card.number == choice.number]
    assert (card.theme, card.daring) == (choice.theme, choice.daring)
    return card


def responded(history: History, response: Response) -> History:
    """Returns the history with a response to the last challenge."""
    responses = (response, *history.responses[1:])
    return replace(history, responses=responses, done=history.done + (response == Response.DID))


def received_by(
    cards: list[Card], responses: list[Response], member: int = 1, maximum: int = 3
) -> list[Card]:
    """Returns what a member receives who responds like this."""
    history, received = History(), []
    for response in responses:
        card = chosen(cards, history, member, maximum)
        selected = Selected(card.number, card.theme, card.daring)
        history = responded(history.after_receiving(selected, planned=True), response)
        received.append(card)
    return received


def series(cards: list[Card], length: int, member: int = 1) -> list[Card]:
    """Returns what a member receives who does everything."""
    return received_by(cards, [Response.DID] * length, member)


LIVES = st.lists(st.sampled_from(Response), max_size=60)


def test_nothing_to_choose_from() -> None:
    assert select_challenge(Available(()), -1, after([(GONE, "gone")]), 1) is None
    assert select_challenge(available_from(CARDS), 0, History(), 1) is None
    assert select_challenge(available_from(CARDS), 1 << GONE, History(), 1) is None


@given(LIVES, st.integers(1, 9))
def test_two_of_the_highest_daring_are_four_apart(lived: list[Response], member: int) -> None:
    darings = [card.daring for card in received_by(DECK, lived, member)]
    for start in range(len(darings)):
        assert darings[start : start + 4].count(3) <= 1
        assert darings[start : start + 12].count(3) <= 3


@given(LIVES, st.integers(1, 9), st.sampled_from(sorted(DECLINED)))
def test_who_declines_what_is_bold_sees_one_in_twelve_at_most(
    lived: list[Response], member: int, declined: Response
) -> None:
    history, darings = History(done=12), []
    for response in lived:
        card = chosen(DECK, history, member)
        selected = Selected(card.number, card.theme, card.daring)
        history = history.after_receiving(selected, planned=True)
        history = responded(history, declined if card.daring == 3 else response)
        darings.append(card.daring)
    assert all(darings[start : start + 12].count(3) <= 1 for start in range(len(darings)))


@given(LIVES, st.integers(1, 9), st.sampled_from(sorted(DECLINED)))
def test_two_declines_bring_the_lowest_daring(
    lived: list[Response], member: int, declined: Response
) -> None:
    *_, before, last = received_by(DECK, [*lived[:30], declined, declined, Response.DID], member)
    assert last.daring == 1 and last.number != before.number


@given(LIVES, st.integers(1, 9), st.sampled_from([Response.SKIPPED, Response.SILENT]))
def test_after_a_silence_or_a_skip_comes_a_small_one(
    lived: list[Response], member: int, response: Response
) -> None:
    received = received_by(DECK, [*lived[:20], response, Response.DID], member)
    small = {card for card in DECK if card.daring == 1 and card.minutes <= 10}
    assert received[-1] in small or small <= set(received)


@given(LIVES, st.integers(1, 9), st.sampled_from([Response.SWAPPED, Response.UNSUITABLE]))
def test_what_comes_in_place_of_another_is_not_bolder(
    lived: list[Response], member: int, response: Response
) -> None:
    *_, before, last = received_by(DECK, [*lived[:40], response, Response.DID], member)
    assert last.daring <= before.daring


@given(LIVES, st.integers(1, 9), st.integers(1, 3))
def test_the_members_own_maximum_holds(lived: list[Response], member: int, maximum: int) -> None:
    assert all(card.daring <= maximum for card in received_by(DECK, lived, member, maximum))


@given(
    HANDS,
    st.lists(st.sampled_from([response for response in Response if response not in REPLACED])),
    st.integers(1, 3),
)
def test_all_that_is_allowed_comes_before_anything_repeats(
    cards: list[Card], lived: list[Response], maximum: int
) -> None:
    received = received_by(cards, lived, maximum=maximum)
    times = Counter[int]()
    for card in received:
        allowed = [other for other in cards if other.daring <= min(max(card.daring, 2), maximum)]
        if card in allowed:
            assert times[card.number] == min(times[other.number] for other in allowed)
        times[card.number] += 1


def test_who_does_everything_sees_everything() -> None:
    assert set(series(DECK, 12 + 4 * sum(card.daring == 3 for card in DECK))) == set(DECK)


@given(LIVES, st.integers(1, 9))
def test_no_theme_comes_twice_within_four(lived: list[Response], member: int) -> None:
    themes = [card.theme for card in received_by(DECK, lived[:36], member)]
    for n, theme in enumerate(themes):
        assert theme not in themes[max(n - 3, 0) : n]


@given(HANDS, st.integers(1, 9), st.integers(0, 12))
def test_never_a_theme_of_the_last_three_while_there_is_another(
    cards: list[Card], member: int, done: int
) -> None:
    history = History(done=done)
    for _ in range(20):
        card = chosen(cards, history, member)
        same = [
            other
            for other in cards
            if other.daring == card.daring and _times(history, other) == _times(history, card)
        ]
        if card.theme in history.themes:
            assert {other.theme for other in same} <= set(history.themes)
        selected = Selected(card.number, card.theme, card.daring)
        history = responded(history.after_receiving(selected, planned=True), Response.NEUTRAL)


def _times(history: History, card: Card) -> int:
    return sum(bits >> card.number & 1 for bits in history.times_received)


@given(
    st.lists(
        st.builds(
            Card,
            st.integers(0, 90),
            st.sampled_from("abcd"),
            st.integers(1, 3),
            fits=TAGS,
            span=st.sampled_from(Span),
            at=st.none() | st.sampled_from(DayPart),
        ),
        unique_by=lambda card: card.number,
    ),
    PROFILES,
    st.times(),
)
def test_what_suits_is_what_fits_and_is_in_time(
    cards: list[Card], profile: WorkProfile, local: time
) -> None:
    available = available_from(cards)
    suiting = [
        card
        for card in cards
        if does_fit(card.fits, profile) and is_in_time(card.span, card.at, local)
    ]
    bits = available.suiting(profile, local)
    assert bits == sum(1 << card.number for card in suiting)
    if suiting:
        assert chosen(cards, History(), suitable=bits) in suiting


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
    assert (len(history.darings), len(history.responses)) == (REMEMBERED, REMEMBERED)
    assert history.themes == ("a",) * 3
    assert chosen([Card(0, "a", 1), Card(1, "a", 1), Card(2, "a", 1)], history).number == 2


def test_what_was_asked_for_began_no_round() -> None:
    history = History().after_receiving(Selected(3, "a", 2), planned=False)
    assert (history.rounds, history.times_received) == (0, (0b1000,))
    assert (history.themes, history.darings) == (("a",), (2,))


def test_a_small_challenge_is_of_the_lowest_daring_and_takes_ten_minutes_at_most() -> None:
    cards = [Card(0, "a", 1, 11), Card(1, "a", 1, 60), Card(2, "b", 1, 10), Card(3, "a", 2, 5)]
    assert available_from(cards).having("small") == 1 << 2
    skipped = responded(after([(GONE, "b")], done=12), Response.SKIPPED)
    assert chosen(cards, skipped).number == 2


def test_who_begins_gets_the_lowest_daring_even_of_the_last_theme() -> None:
    cards = [Card(0, "a", 1), Card(1, "b", 2)]
    assert chosen(cards, after([(GONE, "a")])).number == 0
    assert chosen(cards, after([(GONE, "a")], done=4)).number == 1


def test_when_all_that_suits_is_too_daring_nothing_comes_that_does_not_suit() -> None:
    cards = [Card(0, "a", 1), Card(1, "a", 3)]
    assert chosen(cards, History(), maximum=1, suitable=1 << 1).number == 1


def test_the_nerve_asked_for_wins_over_the_theme_with_most_left() -> None:
    brave = [*(Card(n, "a", 3) for n in range(9)), Card(9, "b", 1)]
    assert chosen(brave, History()).number == 9


def test_of_what_is_due_the_theme_with_most_left_comes() -> None:
    cards = [*(Card(n, "a", 1) for n in range(3)), Card(3, "a", 2), Card(4, "b", 2)]
    assert chosen(cards, History(done=4)).number == 3


def test_a_theme_that_was_retired_does_not_matter() -> None:
    cards = [Card(0, "a", 1), Card(1, "b", 1)]
    assert chosen(cards, after([(GONE, "a")])).theme == "b"
    assert chosen(cards, after([(GONE, "gone"), (GONE, "b")])).theme == "a"
    assert chosen(cards, after([(GONE, "b"), (GONE, "gone")])).theme == "a"


def test_of_the_last_three_themes_the_oldest_comes_back_first() -> None:
    cards = [Card(n, theme, 1) for n, theme in enumerate("abc")]
    assert chosen(cards, after([(GONE, "b"), (GONE, "c"), (GONE, "a")])).theme == "b"


def test_with_sets_of_one_size_no_theme_ever_comes_twice_in_a_row() -> None:
    for member in range(50):
        received = series(CARDS, len(CARDS), member)
        assert all(a.theme != b.theme for a, b in pairwise(received))


def test_daring_rises_slowly_and_easy_ones_keep_coming() -> None:
    darings = [card.daring for card in series(DECK, 24)]
    assert darings[:4] == [1, 1, 1, 1]
    assert Counter(darings[4:12]) == {1: 4, 2: 4}
    assert Counter(darings[12:]) == {1: 3, 2: 6, 3: 3}


def test_someone_who_does_nothing_is_not_asked_to_dare_more() -> None:
    received = received_by(DECK, [Response.SILENT] * 30)
    assert {card.daring for card in received} == {1}


@pytest.mark.parametrize("darings", [(3,), (2, 3)])
def test_when_all_is_too_daring_the_least_daring_comes(darings: tuple[int, ...]) -> None:
    cards = [Card(n, "a", daring) for n, daring in enumerate(darings)]
    assert chosen(cards, History(), maximum=1).daring == min(darings)


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


@given(st.integers(1, 2**300))
def test_the_places_of_all_bits(bits: int) -> None:
    places = [nth_bit(bits, nth) for nth in range(bits.bit_count())]
    assert sum(1 << place for place in places) == bits and places == sorted(set(places))


@given(st.lists(st.integers(0, 5), max_size=15), st.lists(st.integers(0, 5), max_size=15))
def test_what_came_to_two_is_what_came_to_one(first: list[int], second: list[int]) -> None:
    def after(numbers: list[int]) -> History:
        history = History()
        for number in numbers:
            history = history.after_receiving(Selected(number, "set", 1), planned=True)
        return history

    both = received_by_either(after(first).times_received, after(second).times_received)
    counted = [(first + second).count(number) for number in range(6)]
    if max(map(first.count, range(6))) + max(map(second.count, range(6))) <= MAX_TIMES_RECEIVED:
        assert both == after(first + second).times_received
        assert [sum(bits >> number & 1 for bits in both) for number in range(6)] == counted
    assert len(both) <= MAX_TIMES_RECEIVED

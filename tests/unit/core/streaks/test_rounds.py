"""Rounds, made of nudges and the answers to them."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.rhythm.workdays import Absence
from bot.core.streaks.rounds import (
    Answer,
    NeutralReason,
    NudgeFact,
    Outcome,
    Round,
    rounds_of,
    settled_until,
    week_closes_at,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)  # a Monday
KINGS_DAY = date(2026, 4, 27)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def nudge(
    answer: Answer | None = None,
    *,
    days: float = 0,
    after: float = 1,
    week: bool = False,
    **more: bool,
) -> NudgeFact:
    """A nudge some days after that Monday noon, answered some hours after its round began."""
    moment = NOON + timedelta(days=days)
    answered = moment + timedelta(hours=after) if answer else None
    closes = week_closes_at(moment.date(), AMSTERDAM) if week else None
    return NudgeFact(
        moment, moment.date(), 2, answer=answer, answered_at=answered, open_until=closes, **more
    )


def outcomes(*facts: NudgeFact, absences: tuple[Absence, ...] = ()) -> list[Outcome]:
    """How the rounds of these nudges ended."""
    return [past.outcome for past in rounds_of(facts, absences)]


NEXT = nudge(Answer.DONE, days=2)


def test_no_nudges_are_no_rounds() -> None:
    assert rounds_of([], []) == []


def test_a_round_has_the_day_and_rhythm_of_its_nudge() -> None:
    assert rounds_of([nudge(Answer.DONE)], []) == [Round(NOON.date(), 2, Outcome.DONE)]
    lost = Round(NOON.date(), 2, Outcome.NEUTRAL, NeutralReason.NOT_DELIVERED)
    assert rounds_of([nudge(delivered=False)], []) == [lost]


@pytest.mark.parametrize(
    ("answer", "last", "followed"),
    [
        (Answer.DONE, Outcome.DONE, Outcome.DONE),
        (Answer.TRIED, Outcome.TRIED, Outcome.TRIED),
        (Answer.SKIPPED, Outcome.MISSED, Outcome.MISSED),
        (Answer.SWAPPED, Outcome.OPEN, Outcome.MISSED),
        (None, Outcome.OPEN, Outcome.MISSED),
    ],
)
def test_each_answer_while_the_round_is_the_last_and_after_it(
    answer: Answer | None, last: Outcome, followed: Outcome
) -> None:
    assert outcomes(nudge(answer)) == [last]
    assert outcomes(nudge(answer), NEXT) == [followed, Outcome.DONE]


@pytest.mark.parametrize(("hours", "outcome"), [(47.9, Outcome.DONE), (48, Outcome.MISSED)])
def test_an_answer_counts_until_the_next_round_begins(hours: float, outcome: Outcome) -> None:
    assert outcomes(nudge(Answer.DONE, after=hours), NEXT) == [outcome, Outcome.DONE]


def test_a_last_round_can_be_answered_weeks_later() -> None:
    assert outcomes(nudge(Answer.DONE, after=24 * 30)) == [Outcome.DONE]


def test_done_after_a_swap_is_one_round_that_is_done() -> None:
    assert outcomes(nudge(Answer.SWAPPED), nudge(Answer.DONE, after=3), NEXT) == ["done", "done"]


def test_done_outweighs_tried_in_one_round() -> None:
    assert outcomes(nudge(Answer.TRIED), nudge(Answer.DONE, after=3)) == [Outcome.DONE]


def test_a_swap_and_a_skip_are_one_missed_round() -> None:
    assert outcomes(nudge(Answer.SWAPPED), nudge(Answer.SKIPPED), NEXT) == ["missed", "done"]


@pytest.mark.parametrize("answer", [Answer.NO_OCCASION, Answer.UNSUITABLE])
def test_what_did_not_come_up_or_does_not_suit_costs_nothing(answer: Answer) -> None:
    assert outcomes(nudge(answer)) == [Outcome.NEUTRAL]
    assert outcomes(nudge(answer), NEXT) == [Outcome.NEUTRAL, Outcome.DONE]
    assert outcomes(nudge(answer), nudge(Answer.SKIPPED), NEXT) == ["neutral", "done"]
    assert outcomes(nudge(answer), nudge(), NEXT) == ["neutral", "done"]


@pytest.mark.parametrize("answer", [Answer.NO_OCCASION, Answer.UNSUITABLE])
def test_what_is_done_in_its_place_counts(answer: Answer) -> None:
    assert outcomes(nudge(answer), nudge(Answer.TRIED, after=3), NEXT) == ["tried", "done"]


def test_that_there_was_no_occasion_comes_too_late_after_the_next_round_began() -> None:
    assert outcomes(nudge(Answer.NO_OCCASION, after=48), NEXT) == ["missed", "done"]


def test_an_undelivered_round_is_neutral() -> None:
    assert outcomes(nudge(delivered=False)) == [Outcome.NEUTRAL]
    assert outcomes(nudge(delivered=False), NEXT) == [Outcome.NEUTRAL, Outcome.DONE]


def test_one_of_two_nudges_that_arrived_is_enough_to_miss() -> None:
    assert outcomes(nudge(Answer.SWAPPED), nudge(delivered=False), NEXT) == ["missed", "done"]


def test_an_answer_to_what_seemed_undelivered_counts() -> None:
    assert outcomes(nudge(Answer.DONE, delivered=False)) == [Outcome.DONE]


@pytest.mark.parametrize("answer", [Answer.SKIPPED, Answer.SWAPPED, None])
def test_a_day_off_makes_a_missed_or_open_round_neutral(answer: Answer | None) -> None:
    away = (Absence(NOON.date(), NOON.date()),)
    assert outcomes(nudge(answer), absences=away) == [Outcome.NEUTRAL]
    assert outcomes(nudge(answer), NEXT, absences=away) == [Outcome.NEUTRAL, Outcome.DONE]


@pytest.mark.parametrize("answer", [Answer.DONE, Answer.TRIED])
def test_what_is_done_on_a_day_off_counts(answer: Answer) -> None:
    assert outcomes(nudge(answer), absences=(Absence(NOON.date()),)) == [answer.value]


def test_kings_day_is_a_day_off() -> None:
    moment = datetime(2026, 4, 27, 8, tzinfo=UTC)
    assert outcomes(NudgeFact(moment, KINGS_DAY, 2), NEXT) == [Outcome.NEUTRAL, Outcome.DONE]


@pytest.mark.parametrize("answer", [Answer.SKIPPED, Answer.SWAPPED, None])
def test_an_extra_challenge_that_is_left_is_neutral(answer: Answer | None) -> None:
    assert outcomes(nudge(answer, extra=True)) == [Outcome.NEUTRAL]
    assert outcomes(nudge(answer, extra=True), NEXT) == [Outcome.NEUTRAL, Outcome.DONE]


@pytest.mark.parametrize("answer", [Answer.DONE, Answer.TRIED])
def test_an_extra_challenge_counts_on_a_day_of_its_own(answer: Answer) -> None:
    assert outcomes(nudge(answer, extra=True), NEXT) == [answer.value, Outcome.DONE]


def test_extra_challenges_count_once_a_day() -> None:
    three = [nudge(Answer.DONE, days=n / 12, extra=True) for n in range(3)]
    assert outcomes(*three) == ["done", "neutral", "neutral"]
    assert outcomes(nudge(Answer.TRIED), *three[1:]) == ["tried", "neutral", "neutral"]


def test_an_extra_challenge_counts_on_a_day_off_too() -> None:
    away = (Absence(NOON.date()),)
    assert outcomes(nudge(Answer.DONE, extra=True), absences=away) == [Outcome.DONE]


def test_a_challenge_of_this_week_is_open_for_seven_local_days() -> None:
    assert week_closes_at(date(2026, 10, 20), AMSTERDAM) == datetime(2026, 10, 26, 23, tzinfo=UTC)
    assert week_closes_at(date(2026, 10, 18), AMSTERDAM) == datetime(2026, 10, 24, 22, tzinfo=UTC)


def test_a_challenge_of_this_week_stays_open_while_other_rounds_pass() -> None:
    daily = [nudge(Answer.DONE, days=days) for days in range(1, 7)]
    assert outcomes(nudge(week=True), *daily) == ["open", *["done"] * 6]
    assert outcomes(nudge(Answer.TRIED, after=6 * 24, week=True), *daily)[0] == "tried"
    assert outcomes(nudge(Answer.NO_OCCASION, after=6 * 24, week=True), *daily)[0] == "neutral"
    assert outcomes(nudge(Answer.SKIPPED, week=True), *daily)[0] == "missed"


def test_a_challenge_of_this_week_is_missed_when_a_round_begins_after_the_week() -> None:
    following = [nudge(Answer.DONE, days=days) for days in (2, 7)]
    assert outcomes(nudge(week=True), *following) == ["missed", "done", "done"]
    assert outcomes(nudge(Answer.DONE, after=24 * 7, week=True), *following)[0] == "missed"
    assert outcomes(nudge(Answer.DONE, after=24 * 7 - 1, week=True), *following)[0] == "done"
    as_it_closes = nudge(Answer.DONE, days=6 + 11 / 24)
    assert as_it_closes.round_at == nudge(week=True).open_until
    assert outcomes(nudge(week=True), as_it_closes) == ["missed", "done"]


def test_one_that_was_swapped_for_one_of_today_is_over_with_the_day() -> None:
    swapped = nudge(Answer.SWAPPED, week=True)
    assert outcomes(swapped, nudge(), NEXT) == ["missed", "done"]
    assert outcomes(nudge(Answer.SWAPPED), nudge(week=True), NEXT) == ["open", "done"]


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (nudge(delivered=False), NeutralReason.NOT_DELIVERED),
        (nudge(Answer.NO_OCCASION), NeutralReason.NO_OCCASION),
        (nudge(Answer.UNSUITABLE), NeutralReason.UNSUITABLE),
        (nudge(extra=True), NeutralReason.EXTRA),
        (nudge(days=-2), NeutralReason.DAY_OFF),
        (nudge(Answer.SKIPPED, days=-2), NeutralReason.DAY_OFF),
        (nudge(Answer.DONE, days=-2), None),
        (nudge(Answer.SKIPPED), None),
        (nudge(), None),
    ],
)
def test_a_neutral_round_says_why(fact: NudgeFact, reason: NeutralReason | None) -> None:
    away = [Absence(date(2026, 10, 31), date(2026, 11, 1))]
    assert [past.reason for past in rounds_of([fact], away)] == [reason]


def test_a_second_one_on_a_day_says_why_it_does_not_count() -> None:
    both = [nudge(Answer.DONE), nudge(Answer.DONE, days=0.1, extra=True)]
    assert [past.reason for past in rounds_of(both, [])] == [None, NeutralReason.SAME_DAY]


ANSWERS = st.none() | st.sampled_from(Answer)
NUDGES = st.builds(
    nudge,
    ANSWERS,
    days=st.integers(0, 20),
    after=st.integers(0, 100),
    delivered=st.booleans(),
    week=st.booleans(),
)


@given(st.lists(NUDGES, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_nudges_does_not_matter(facts: list[NudgeFact], chance: Random) -> None:
    shuffled = chance.sample(facts, len(facts))
    assert rounds_of(shuffled, []) == rounds_of(facts, [])


@given(st.lists(NUDGES, max_size=12))
def test_only_the_last_round_or_one_of_the_last_week_is_open_and_each_moment_is_one(
    facts: list[NudgeFact],
) -> None:
    rounds = rounds_of(facts, [])
    assert [past.day for past in rounds] == sorted({fact.day for fact in facts})
    for past in rounds[:-1]:
        if past.outcome is Outcome.OPEN:
            assert rounds[-1].day - past.day < timedelta(days=7)
            assert any(fact.open_until for fact in facts if fact.day == past.day)


@given(st.lists(NUDGES, max_size=12))
def test_a_reason_is_there_exactly_for_neutral_rounds(facts: list[NudgeFact]) -> None:
    for past in rounds_of(facts, [Absence(date(2026, 11, 7), date(2026, 11, 9))]):
        assert (past.reason is not None) == (past.outcome is Outcome.NEUTRAL)


@given(st.lists(NUDGES, max_size=12))
def test_away_all_the_time_nothing_is_ever_missed(facts: list[NudgeFact]) -> None:
    ends = {past.outcome for past in rounds_of(facts, [Absence(date(2026, 1, 1))])}
    assert ends <= {Outcome.DONE, Outcome.TRIED, Outcome.NEUTRAL}


@pytest.mark.parametrize("extra_first", [True, False])
def test_an_extra_round_at_the_same_moment_does_not_hide_a_missed_one(extra_first: bool) -> None:
    """Two chats had the same rhythm before they were linked."""
    both = [nudge(extra=True), nudge(Answer.SKIPPED)]
    ended = outcomes(*(both if extra_first else reversed(both)), NEXT)
    assert sorted(ended) == [Outcome.DONE, Outcome.MISSED, Outcome.NEUTRAL]


# -- which of them are over


def test_rounds_are_settled_up_to_the_last_that_is_over() -> None:
    week = [nudge(Answer.DONE, days=days) for days in range(5)]
    friday = date(2026, 11, 6)  # its round is the last one, and still open
    for day in (date(2026, 11, 3), date(2026, 11, 5), friday):
        assert settled_until(week, day) == day - timedelta(days=1)
    assert settled_until(week, date(2027, 1, 1)) == friday - timedelta(days=1)
    assert settled_until(week, NOON.date()) is settled_until([], friday) is None


def test_a_round_that_is_open_keeps_those_after_it_open() -> None:
    open_week = [nudge(week=True), *(nudge(days=days) for days in range(1, 7))]
    assert settled_until(open_week, date(2027, 1, 1)) is None
    over = [*open_week, nudge(days=7), nudge(days=8)]
    assert settled_until(over, date(2027, 1, 1)) == date(2026, 11, 9)


def test_a_day_is_settled_when_all_its_rounds_are() -> None:
    asked_for = nudge(Answer.DONE, extra=True)
    own = nudge(Answer.DONE, days=0.1)
    assert settled_until([asked_for, own], date(2027, 1, 1)) is None
    assert settled_until([asked_for, own, NEXT], date(2027, 1, 1)) == NOON.date()

"""Rounds of which only counts are left, and the streak that goes on from them."""

from datetime import date, timedelta

import pytest

from bot.core.streaks.rounds import Outcome, Round
from bot.core.streaks.streak import Effect, RoundCounts, Streak, counts_after, explain, streak_of
from tests.unit.core.streaks.habits import rounds_from

MISS, DID = (1, Outcome.MISSED), (1, Outcome.DONE)


def test_of_old_rounds_each_is_counted_by_what_it_did_to_the_streak() -> None:
    rounds = rounds_from([DID, DID, MISS, DID, MISS, MISS, (1, Outcome.NEUTRAL), MISS, DID])
    counts = counts_after(rounds)
    assert (counts.grows, counts.jokers, counts.breaks, counts.others) == (4, 1, 1, 3)
    assert (counts.until, counts.joker_day) == (rounds[-1].day, rounds[2].day)
    assert (counts.current, counts.longest) == (1, 3)
    more = counts_after(rounds_from([(40, Outcome.DONE), MISS, MISS, MISS]), counts)
    assert (more.grows, more.jokers, more.breaks, more.others) == (5, 2, 2, 4)
    assert more.total == len(rounds) + 4


@pytest.mark.parametrize(("days", "effect"), [(27, Effect.BREAKS), (28, Effect.JOKER)])
def test_a_joker_in_what_is_left_of_old_rounds_is_in_use_for_28_days(
    days: int, effect: Effect
) -> None:
    old = rounds_from([DID, MISS, DID])
    before = counts_after(old)
    missed = Round(old[1].day + timedelta(days=days), 2, Outcome.MISSED)
    [step] = explain([missed], before)
    assert step.effect is effect
    breaks = effect is Effect.BREAKS
    assert streak_of([missed], before) == Streak(
        0 if breaks else 2,
        2,
        (old[1].day,) if breaks else (old[1].day, missed.day),
        missed.day if breaks else None,
    )


def test_the_day_of_a_joker_is_forgotten_once_the_joker_is_back() -> None:
    counts = [counts_after(rounds_from([DID, MISS, (days, Outcome.DONE)])) for days in (27, 28)]
    assert [each.joker_day for each in counts] == [date(2026, 1, 3), None]


def test_a_streak_goes_on_from_what_is_left_of_old_rounds() -> None:
    before = RoundCounts(date(2025, 12, 1), grows=20, current=8, longest=12)
    assert streak_of(rounds_from([DID]), before) == Streak(9, 12, (), None)
    assert streak_of([], before) == Streak(8, 12, (), None)

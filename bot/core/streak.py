"""Streak and strength: two figures for a habit, computed from a member's rounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.rounds import Outcome, Round

JOKER_EVERY = timedelta(days=28)  # the joker forgives one missed round in so many days
HALF_LIFE = 13.0  # days in which the strength of a daily habit halves when nothing is done
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Streak:
    """Rounds in a row, and the missed rounds that the joker forgave.

    Attributes:
        current: rounds done or tried since the last break.
        longest: the highest value that `current` ever had.
        jokers: the days of the missed rounds that the joker forgave, oldest first.
        broken_on: the day of the last missed round that ended a streak; None: there was none.
    """

    current: int = 0
    longest: int = 0
    jokers: tuple[date, ...] = ()
    broken_on: date | None = None

    def joker_back_on(self, today: date) -> date | None:
        """Returns the day on which the joker is available again; None when it is `today`."""
        if not self.jokers or today >= self.jokers[-1] + JOKER_EVERY:
            return None
        return self.jokers[-1] + JOKER_EVERY


def streak_of(rounds: Sequence[Round]) -> Streak:
    """Returns the streak after `rounds`.

    Done and tried both count. One missed round in any 28 days is forgiven: it neither adds nor
    breaks. A second one breaks the streak. Neutral and open rounds change nothing. A round missed
    while there is no streak yet uses no joker.

    Args:
        rounds: oldest first.
    """
    current, longest = 0, 0
    jokers: list[date] = []
    broken_on: date | None = None
    for played in rounds:
        if played.outcome in (Outcome.DONE, Outcome.TRIED):
            current += 1
            longest = max(longest, current)
        elif played.outcome is Outcome.MISSED and current:
            if not jokers or played.day - jokers[-1] >= JOKER_EVERY:
                jokers.append(played.day)
            else:
                current, broken_on = 0, played.day
    return Streak(current, longest, tuple(jokers), broken_on)


def strength_of(rounds: Sequence[Round]) -> float:
    """Returns the strength of the habit after `rounds`, 0..1; one miss costs only a little.

    Exponential smoothing with the score of Loop Habit Tracker (github.com/iSoron/uhabits,
    `Score.compute`): each day multiplies the old score by `m = 0.5 ** (sqrt(f) / 13)`, with `f` the
    repetitions a day, and adds `1 - m` when the habit was done. So a daily habit (`f = 1`) has a
    half-life of 13 days, and a rarer one a longer half-life. This function smooths once a round
    instead of once a day; a round stands for `1 / f` days, so its multiplier is `m ** (1 / f)`.
    Neutral and open rounds leave the score unchanged.

    Args:
        rounds: oldest first.
    """
    score = 0.0
    for played in rounds:
        if played.outcome in (Outcome.NEUTRAL, Outcome.OPEN):
            continue
        multiplier = round_multiplier(played.per_week)
        score = score * multiplier + (played.outcome is not Outcome.MISSED) * (1 - multiplier)
    return score


def round_multiplier(per_week: int) -> float:
    """Returns the share of the old score that remains after a round, at 1..7 rounds a week."""
    frequency = per_week / DAYS_A_WEEK
    per_day = math.pow(0.5, math.sqrt(frequency) / HALF_LIFE)
    return math.pow(per_day, 1 / frequency)

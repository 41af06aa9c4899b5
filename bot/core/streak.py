"""Streak and strength: two figures for one habit, from a member's rounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.rounds import Outcome, Round

JOKER_EVERY = timedelta(days=28)
HALF_LIFE = 13.0
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Streak:
    """Rounds in a row, and what the joker did for them.

    Attributes:
        current: rounds done or tried since the last break.
        longest: the largest `current` there ever was.
        jokers: the days of the missed rounds that were forgiven, oldest first.
        broken_on: the day of the last missed round that was not forgiven, if any.
    """

    current: int = 0
    longest: int = 0
    jokers: tuple[date, ...] = ()
    broken_on: date | None = None

    def joker_back_on(self, today: date) -> date | None:
        """The day the joker is there again; None when it is there `today`."""
        if not self.jokers or today >= self.jokers[-1] + JOKER_EVERY:
            return None
        return self.jokers[-1] + JOKER_EVERY


def streak_of(rounds: Sequence[Round]) -> Streak:
    """The streak after `rounds`.

    Done and tried both count. One missed round in any 28 days is forgiven: it neither adds nor
    breaks. A second one breaks the streak. Neutral and open rounds change nothing. A round missed
    while there is no streak yet uses no joker.

    Args:
        rounds: oldest first.
    """
    current, longest = 0, 0
    jokers: list[date] = []
    broken_on: date | None = None
    for past in rounds:
        if past.outcome in (Outcome.DONE, Outcome.TRIED):
            current += 1
            longest = max(longest, current)
        elif past.outcome is Outcome.MISSED and current:
            if not jokers or past.day - jokers[-1] >= JOKER_EVERY:
                jokers.append(past.day)
            else:
                current, broken_on = 0, past.day
    return Streak(current, longest, tuple(jokers), broken_on)


def strength_of(rounds: Sequence[Round]) -> float:
    """The strength of the habit after `rounds`, 0..1: one miss costs a little, not all.

    Exponential smoothing as in the published score of Loop Habit Tracker (iSoron/uhabits,
    `Score.compute`): a day multiplies the old score by `m = 0.5 ** (sqrt(f) / 13)`, with `f` the
    repetitions a day, and adds `(1 - m)` times what was done. We smooth once a round instead of
    once a day; a round stands for `1 / f` days, so its multiplier is `m ** (1 / f)`. Neutral and
    open rounds leave the score alone.

    Args:
        rounds: oldest first.
    """
    score = 0.0
    for past in rounds:
        if past.outcome in (Outcome.NEUTRAL, Outcome.OPEN):
            continue
        multiplier = round_multiplier(past.per_week)
        score = score * multiplier + (past.outcome is not Outcome.MISSED) * (1 - multiplier)
    return score


def round_multiplier(per_week: int) -> float:
    """What remains of the old score after one round, at `per_week` (1..7) rounds a week."""
    frequency = per_week / DAYS_A_WEEK
    per_day = math.pow(0.5, math.sqrt(frequency) / HALF_LIFE)
    return math.pow(per_day, 1 / frequency)

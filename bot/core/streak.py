"""Streak and strength: two figures for a habit, computed from a member's rounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.core.rounds import DID, NeutralReason, Outcome, Round

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


class Effect(StrEnum):
    """What a round did to the streak."""

    GROWS = "grows"
    JOKER = "joker"
    """It was missed, and the joker forgave that."""
    BREAKS = "breaks"
    """It was missed while the joker was in use; the next round begins a new streak."""
    NO_STREAK = "no_streak"
    """It was missed while there was no streak."""
    NEUTRAL = "neutral"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Step:
    """A round, and what it did to the streak.

    Attributes:
        day: of the round.
        effect: what it did.
        outcome: how the round ended.
        reason: why it is neutral; None: it is not.
        current: the streak after it.
        joker_day: for a break, the day of the missed round that the joker forgave before.
    """

    day: date
    effect: Effect
    outcome: Outcome
    reason: NeutralReason | None
    current: int
    joker_day: date | None = None


def explain(rounds: Sequence[Round]) -> list[Step]:
    """Returns what each round did to the streak, in the same order.

    Done and tried both count. One missed round in any 28 days is forgiven: it neither adds nor
    breaks. A second one breaks the streak. Neutral and open rounds change nothing. A round missed
    while there is no streak yet uses no joker.

    Args:
        rounds: oldest first.
    """
    steps: list[Step] = []
    current, joker_day = 0, None
    for played in rounds:
        effect = _effect(played, current, joker_day)
        broken_after = joker_day if effect is Effect.BREAKS else None
        if effect is Effect.GROWS:
            current += 1
        elif effect is Effect.JOKER:
            joker_day = played.day
        elif effect is Effect.BREAKS:
            current = 0
        steps.append(Step(played.day, effect, played.outcome, played.reason, current, broken_after))
    return steps


def _effect(played: Round, current: int, joker_day: date | None) -> Effect:
    if played.outcome in DID:
        return Effect.GROWS
    if played.outcome is not Outcome.MISSED:
        return Effect.NEUTRAL if played.outcome is Outcome.NEUTRAL else Effect.OPEN
    if not current:
        return Effect.NO_STREAK
    is_free = joker_day is None or played.day - joker_day >= JOKER_EVERY
    return Effect.JOKER if is_free else Effect.BREAKS


def streak_of(rounds: Sequence[Round]) -> Streak:
    """Returns the streak after `rounds`, oldest first; for the rules see `explain`."""
    steps = explain(rounds)
    broken = [step.day for step in steps if step.effect is Effect.BREAKS]
    return Streak(
        current=steps[-1].current if steps else 0,
        longest=max((step.current for step in steps), default=0),
        jokers=tuple(step.day for step in steps if step.effect is Effect.JOKER),
        broken_on=broken[-1] if broken else None,
    )


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

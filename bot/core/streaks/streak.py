"""Streak and strength: two figures for a habit, computed from a member's rounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from bot.core.streaks.rounds import DID, NeutralReason, Outcome, Round

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
        broken_on: the day of the last missed round that ended a streak; None: there was none, or
            of that only a count is left.
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


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """What is left of rounds that are too old to be kept one by one, and where they led.

    Attributes:
        until: the day of the last of them; None: there are none.
        grows: how many of them were done or tried, and made the streak grow.
        jokers: how many the joker forgave.
        breaks: how many ended a streak.
        others: how many changed nothing.
        current: the streak after them.
        longest: the longest until then.
        joker_day: the day of the last missed round that the joker forgave, if that matters still.
        strength: of the habit after them, 0..1.
    """

    until: date | None = None
    grows: int = 0
    jokers: int = 0
    breaks: int = 0
    others: int = 0
    current: int = 0
    longest: int = 0
    joker_day: date | None = None
    strength: float = 0.0

    @property
    def total(self) -> int:
        """How many rounds these are."""
        return self.grows + self.jokers + self.breaks + self.others


NOTHING_BEFORE = RoundCounts()


def explain(rounds: Sequence[Round], before: RoundCounts = NOTHING_BEFORE) -> list[Step]:
    """Returns what each round did to the streak, in the same order.

    Done and tried both count. One missed round in any 28 days is forgiven: it neither adds nor
    breaks. A second one breaks the streak. Neutral and open rounds change nothing. A round missed
    while there is no streak yet uses no joker.

    Args:
        rounds: oldest first.
        before: what is left of the rounds before these.
    """
    steps: list[Step] = []
    current, joker_day = before.current, before.joker_day
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


def streak_of(rounds: Sequence[Round], before: RoundCounts = NOTHING_BEFORE) -> Streak:
    """Returns the streak after `rounds`, oldest first, and those before; see `explain`."""
    steps = explain(rounds, before)
    broken = [step.day for step in steps if step.effect is Effect.BREAKS]
    jokers = [step.day for step in steps if step.effect is Effect.JOKER]
    return Streak(
        current=steps[-1].current if steps else before.current,
        longest=max([before.longest, *(step.current for step in steps)]),
        jokers=(*([] if before.joker_day is None else [before.joker_day]), *jokers),
        broken_on=broken[-1] if broken else None,
    )


def strength_of(rounds: Sequence[Round], before: RoundCounts = NOTHING_BEFORE) -> float:
    """Returns the strength of the habit after `rounds`, 0..1; one miss costs only a little.

    Exponential smoothing with the score of Loop Habit Tracker (github.com/iSoron/uhabits,
    `Score.compute`): each day multiplies the old score by `m = 0.5 ** (sqrt(f) / 13)`, with `f` the
    repetitions a day, and adds `1 - m` when the habit was done. So a daily habit (`f = 1`) has a
    half-life of 13 days, and a rarer one a longer half-life. This function smooths once a round
    instead of once a day; a round stands for `1 / f` days, so its multiplier is `m ** (1 / f)`.
    Neutral and open rounds leave the score unchanged.

    Args:
        rounds: oldest first.
        before: what is left of the rounds before these.
    """
    score = before.strength
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


def counts_after(rounds: Sequence[Round], before: RoundCounts = NOTHING_BEFORE) -> RoundCounts:
    """Returns what is to be kept of `rounds`, oldest first, and of those before.

    Whatever rounds follow, the streak, its length and the strength are the same as with `rounds`.
    """
    if not rounds:
        return before
    effects = [step.effect for step in explain(rounds, before)]
    streak, until = streak_of(rounds, before), max(played.day for played in rounds)
    grows, jokers, breaks = map(effects.count, (Effect.GROWS, Effect.JOKER, Effect.BREAKS))
    joker_day = streak.jokers[-1] if streak.jokers else None
    return RoundCounts(
        until=until,
        grows=before.grows + grows,
        jokers=before.jokers + jokers,
        breaks=before.breaks + breaks,
        others=before.others + len(effects) - grows - jokers - breaks,
        current=streak.current,
        longest=streak.longest,
        joker_day=None if joker_day is None or until - joker_day >= JOKER_EVERY else joker_day,
        strength=strength_of(rounds, before),
    )


def with_extra(own: RoundCounts, other: RoundCounts) -> RoundCounts:
    """Returns the counts of a member with whom another one was merged.

    As with rounds that are kept: what the other did counts, and what they did not do costs nothing.
    On which days both did something is not known any more, so all of it counts; where the member
    broke a streak, nobody knows what came before, and the streak is theirs alone.
    """
    if other.until is None:
        return own
    current = own.current if own.breaks else own.current + other.grows
    return replace(
        own,
        until=other.until if own.until is None else max(own.until, other.until),
        grows=own.grows + other.grows,
        others=own.others + other.total - other.grows,
        current=current,
        longest=max(own.longest, other.longest, current),
        strength=max(own.strength, other.strength),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """A member's rounds: the last ones one by one, and of those before only counts.

    Attributes:
        rounds: oldest first.
        before: what is left of the rounds before these.
    """

    rounds: Sequence[Round]
    before: RoundCounts = NOTHING_BEFORE

    @property
    def streak(self) -> Streak:
        """Where the streak stands."""
        return streak_of(self.rounds, self.before)

    @property
    def strength(self) -> float:
        """The strength of the habit, 0..1."""
        return strength_of(self.rounds, self.before)

    @property
    def was_broken(self) -> bool:
        """Whether a missed round ever ended a streak."""
        return self.before.breaks > 0 or self.streak.broken_on is not None

    @property
    def done(self) -> int:
        """How many rounds were done or tried in all."""
        return self.before.grows + sum(played.outcome in DID for played in self.rounds)

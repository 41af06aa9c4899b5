"""Rounds, derived from the nudges that were sent and the answers to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby

from bot.core.workdays import Absence, is_day_off


class Answer(StrEnum):
    """What a member answered to a nudge."""

    DONE = "done"
    TRIED = "tried"
    SKIPPED = "skipped"
    SWAPPED = "swapped"
    NO_OCCASION = "no_occasion"
    """What the challenge waits for did not happen: nobody came with an idea."""
    UNSUITABLE = "unsuitable"
    """It does not suit their work."""


COUNTS = frozenset({Answer.DONE, Answer.TRIED})
COSTS_NOTHING = frozenset({Answer.NO_OCCASION, Answer.UNSUITABLE})


class Outcome(StrEnum):
    """How a round ended, for the streak."""

    DONE = "done"
    TRIED = "tried"
    MISSED = "missed"
    NEUTRAL = "neutral"
    OPEN = "open"


DID = frozenset({Outcome.DONE, Outcome.TRIED})


@dataclass(frozen=True, slots=True)
class NudgeFact:
    """What one nudge says about its round.

    Attributes:
        round_at: the moment of its round, aware; nudges of one round share it.
        day: the member's local date at that moment.
        per_week: rounds a week in the member's rhythm at that time, 1..7.
        extra: asked for with /nu, outside the member's own moments.
        delivered: it reached the member.
        answer: the last answer; None: there was none.
        answered_at: the moment of that answer, aware.
    """

    round_at: datetime
    day: date
    per_week: int
    extra: bool = False
    delivered: bool = True
    answer: Answer | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A round and how it ended.

    Attributes:
        day: the member's local date at its moment.
        per_week: rounds a week in the member's rhythm at that time, 1..7.
        outcome: how it ended.
    """

    day: date
    per_week: int
    outcome: Outcome


def rounds_of(facts: Iterable[NudgeFact], absences: Sequence[Absence]) -> list[Round]:
    """Returns the rounds behind a member's nudges, oldest first.

    A round is done or tried when any of its nudges was, before the next round began. Otherwise it
    is neutral when it never reached the member, when it fell on a day off, or when the answer to
    one of its nudges was that there was no occasion, or that it does not suit their work. An extra
    challenge counts when it is done, at most once a day, and costs nothing when it is not.

    Args:
        facts: the member's nudges, in any order.
        absences: the member's absences, past ones too.
    """
    ordered = sorted(facts, key=lambda fact: fact.round_at)
    groups = [list(group) for _, group in groupby(ordered, key=lambda fact: fact.round_at)]
    rounds = [
        _round(group, _ends_at(group, groups[number + 1 :]), absences)
        for number, group in enumerate(groups)
    ]
    counted = {
        own.day
        for own, group in zip(rounds, groups, strict=True)
        if own.outcome in DID and not group[0].extra
    }
    for number, group in enumerate(groups):
        if group[0].extra and rounds[number].outcome in DID:
            if rounds[number].day in counted:
                rounds[number] = replace(rounds[number], outcome=Outcome.NEUTRAL)
            counted.add(rounds[number].day)
    return rounds


def _ends_at(
    group: Sequence[NudgeFact], following: Sequence[Sequence[NudgeFact]]
) -> datetime | None:
    """Returns when the next round begins; None: there is no later one.

    An extra challenge does not end one of the member's own rounds.
    """
    begins = (later[0].round_at for later in following if group[0].extra or not later[0].extra)
    return next(begins, None)


def _round(
    group: Sequence[NudgeFact], ends_at: datetime | None, absences: Sequence[Absence]
) -> Round:
    outcome, day = _outcome(group, ends_at), group[0].day
    if outcome not in DID and (group[0].extra or is_day_off(day, absences)):
        outcome = Outcome.NEUTRAL
    return Round(day, group[0].per_week, outcome)


def _outcome(group: Sequence[NudgeFact], ends_at: datetime | None) -> Outcome:
    in_time = {
        fact.answer
        for fact in group
        if fact.answered_at is not None and (ends_at is None or fact.answered_at < ends_at)
    }
    if Answer.DONE in in_time:
        return Outcome.DONE
    if Answer.TRIED in in_time:
        return Outcome.TRIED
    if COSTS_NOTHING & in_time or not any(fact.delivered for fact in group):
        return Outcome.NEUTRAL
    if Answer.SKIPPED in in_time or ends_at is not None:
        return Outcome.MISSED
    return Outcome.OPEN

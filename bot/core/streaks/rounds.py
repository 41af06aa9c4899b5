"""Rounds, derived from the nudges that were sent and the answers to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.core.rhythm.rhythm import at_local
from bot.core.rhythm.workdays import Absence, is_day_off

OPEN_DAYS = 7  # for how many local days a challenge of this week can be done, its first included


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


class NeutralReason(StrEnum):
    """Why a round is neutral."""

    NOT_DELIVERED = "not_delivered"
    NO_OCCASION = "no_occasion"
    UNSUITABLE = "unsuitable"
    DAY_OFF = "day_off"
    """A weekend, a public holiday or an absence."""
    EXTRA = "extra"
    """Asked for, and not done."""
    SAME_DAY = "same_day"
    """Done, on a day that counts already."""


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
        open_until: until when it can be done whatever comes in between, aware; None: until the next
            round begins.
    """

    round_at: datetime
    day: date
    per_week: int
    extra: bool = False
    delivered: bool = True
    answer: Answer | None = None
    answered_at: datetime | None = None
    open_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A round and how it ended.

    Attributes:
        day: the member's local date at its moment.
        per_week: rounds a week in the member's rhythm at that time, 1..7.
        outcome: how it ended.
        reason: why it is neutral; None: it is not.
    """

    day: date
    per_week: int
    outcome: Outcome
    reason: NeutralReason | None = None


def week_closes_at(day: date, zone: ZoneInfo) -> datetime:
    """Returns the moment (UTC) until which a challenge of this week that came on `day` is open."""
    return at_local(day + timedelta(days=OPEN_DAYS), time(0), zone)


def rounds_of(facts: Iterable[NudgeFact], absences: Sequence[Absence]) -> list[Round]:
    """Returns the rounds behind a member's nudges, oldest first.

    A round is open until the next one begins; one with a challenge of this week is open until a
    round begins after that week. It is done or tried when any of its nudges was before it ended.
    Otherwise it is neutral when it never reached the member, when it fell on a day off, or when the
    answer to one of its nudges was that there was no occasion, or that it does not suit their work.
    An extra challenge counts when it is done, at most once a day, and costs nothing when it is not.

    Args:
        facts: the member's nudges, in any order.
        absences: the member's absences, past ones too.
    """
    groups = _grouped(facts)
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
                rounds[number] = replace(
                    rounds[number], outcome=Outcome.NEUTRAL, reason=NeutralReason.SAME_DAY
                )
            counted.add(rounds[number].day)
    return rounds


def late_answers(facts: Iterable[NudgeFact]) -> frozenset[NudgeFact]:
    """Returns those of a member's nudges whose answer came after their round had ended."""
    groups = _grouped(facts)
    return frozenset(
        fact
        for number, group in enumerate(groups)
        if (ends_at := _ends_at(group, groups[number + 1 :])) is not None
        for fact in group
        if fact.answered_at is not None and fact.answered_at >= ends_at
    )


def settled_until(facts: Iterable[NudgeFact], before: date) -> date | None:
    """Returns the last day before `before` up to which a member's rounds are over, to count them.

    All rounds until that day, included, have ended, and come before all others: neither what came
    since nor what is still to come changes how one of them ended, nor the other way round. None:
    there is no such day.
    """
    groups = _grouped(facts)
    first_days = [date.max]  # of the rounds from each one on, the last one first
    for group in reversed(groups):
        first_days.append(min(first_days[-1], *(fact.day for fact in group)))
    settled, last_day = None, date.min
    for number, group in enumerate(groups):
        last_day = max(last_day, *(fact.day for fact in group))
        following = groups[number + 1 :]
        if last_day >= before or _ends_at(group, following) is None:
            return settled
        if last_day < first_days[len(following)]:
            settled = last_day
    return settled


def _grouped(facts: Iterable[NudgeFact]) -> list[list[NudgeFact]]:
    """Returns the nudges of each round, the oldest round first."""
    ordered = sorted(facts, key=_round_key)
    return [list(group) for _, group in groupby(ordered, key=_round_key)]


def _round_key(fact: NudgeFact) -> tuple[datetime, bool]:
    """Returns what nudges of one round share.

    After two chats were linked, a round of the other one may begin at the same moment; it is extra,
    and does not change how the member's own one ended.
    """
    return fact.round_at, fact.extra


def _ends_at(
    group: Sequence[NudgeFact], following: Sequence[Sequence[NudgeFact]]
) -> datetime | None:
    """Returns when a later round begins that ends this one; None: there is none yet.

    An extra challenge does not end one of the member's own rounds.
    """
    open_until = max(
        (
            fact.open_until
            for fact in group
            if fact.open_until is not None and fact.answer is not Answer.SWAPPED
        ),
        default=group[0].round_at,
    )
    begins = (
        later[0].round_at
        for later in following
        if (group[0].extra or not later[0].extra) and later[0].round_at >= open_until
    )
    return next(begins, None)


def _round(
    group: Sequence[NudgeFact], ends_at: datetime | None, absences: Sequence[Absence]
) -> Round:
    day, per_week = group[0].day, group[0].per_week
    in_time = frozenset(
        fact.answer
        for fact in group
        if fact.answer is not None
        and fact.answered_at is not None
        and (ends_at is None or fact.answered_at < ends_at)
    )
    if COUNTS & in_time:
        return Round(day, per_week, Outcome.DONE if Answer.DONE in in_time else Outcome.TRIED)
    reason = _neutral_reason(group, in_time, absences)
    if reason is not None:
        return Round(day, per_week, Outcome.NEUTRAL, reason)
    missed = Answer.SKIPPED in in_time or ends_at is not None
    return Round(day, per_week, Outcome.MISSED if missed else Outcome.OPEN)


def _neutral_reason(
    group: Sequence[NudgeFact], in_time: frozenset[Answer], absences: Sequence[Absence]
) -> NeutralReason | None:
    """Returns why a round in which nothing was done costs nothing; None: it is no neutral one."""
    if not any(fact.delivered for fact in group):
        return NeutralReason.NOT_DELIVERED
    if group[0].extra:
        return NeutralReason.EXTRA
    if is_day_off(group[0].day, absences):
        return NeutralReason.DAY_OFF
    if Answer.NO_OCCASION in in_time:
        return NeutralReason.NO_OCCASION
    return NeutralReason.UNSUITABLE if Answer.UNSUITABLE in in_time else None

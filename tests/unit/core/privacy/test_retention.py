"""When something is too old, and what of a moment may go."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.privacy.retention import (
    DEFAULT_PERIODS,
    Periods,
    cutoffs_at,
    day_moment,
    day_written,
    months_before,
)
from bot.core.streaks.rounds import Answer, NudgeFact, late_answers, rounds_of, settled_until
from bot.core.streaks.streak import (
    NOTHING_BEFORE,
    Progress,
    RoundCounts,
    counts_after,
    explain,
    with_extra,
)

NOW = datetime(2026, 8, 31, 12, 30, tzinfo=UTC)
FIRST = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def nudge(hours: int, answered_after: int | None = None, extra: bool = False) -> NudgeFact:
    """A nudge so many hours after the first, and its answer so many hours after it."""
    at = FIRST + timedelta(hours=hours)
    return NudgeFact(
        round_at=at,
        day=at.date(),
        per_week=5,
        extra=extra,
        answer=None if answered_after is None else Answer.DONE,
        answered_at=None if answered_after is None else at + timedelta(hours=answered_after),
    )


def test_the_day_of_a_shorter_month_is_its_last() -> None:
    assert months_before(NOW, 6) == datetime(2026, 2, 28, 12, 30, tzinfo=UTC)


def test_each_kind_has_its_own_cutoff() -> None:
    cutoffs = cutoffs_at(NOW, Periods(reflections_months=1, notice_days=14))
    assert cutoffs.reflections == datetime(2026, 7, 31, 12, 30, tzinfo=UTC)
    assert cutoffs.noticed == datetime(2026, 8, 17, 12, 30, tzinfo=UTC)
    assert (cutoffs.silent, cutoffs.digests) == (date(2026, 2, 28), date(2025, 8, 31))
    assert (cutoffs.absences, cutoffs.receipts) == (date(2025, 7, 31), date(2026, 6, 2))
    assert cutoffs.answers == date(2024, 8, 1)
    assert (cutoffs.minutes, cutoffs.now) == (date(2026, 8, 17), NOW)
    days = {(NOW - moment).days for moment in (cutoffs.invitations, cutoffs.set_aside)}
    assert days == {DEFAULT_PERIODS.invitations_days, DEFAULT_PERIODS.set_aside_days}
    assert [(NOW - each).days for each in (cutoffs.drafts, cutoffs.processed, cutoffs.choices)] == [
        1,
        3,
        60,
    ]
    assert NOW - cutoffs.deletable == timedelta(hours=48)
    assert NOW - cutoffs.mailbox == timedelta(days=1)


@pytest.mark.parametrize(("late", "day"), [(False, 31), (True, 32)])
def test_of_a_moment_its_day_is_left(late: bool, day: int) -> None:
    midnight = datetime(2026, 8, 1, tzinfo=UTC) + timedelta(days=day - 1)
    assert day_moment(NOW, late=late) == midnight


def test_an_answer_is_late_when_the_next_round_has_begun() -> None:
    in_time, late, newest = nudge(0, 23), nudge(24, 24), nudge(48, 500)
    assert late_answers([newest, late, in_time]) == {late}
    first = nudge(0, 30)
    assert late_answers([first, nudge(24), nudge(48)]) == {first}


def test_an_extra_challenge_ends_no_round_and_a_silence_is_not_late() -> None:
    assert late_answers([nudge(0, 30), nudge(24, 1, extra=True)]) == frozenset()
    assert late_answers([nudge(0), nudge(24)]) == frozenset()


FACTS = st.lists(
    st.builds(
        nudge,
        st.integers(0, 300),
        st.none() | st.integers(0, 100),
        st.booleans(),
    ),
    max_size=12,
)


@given(FACTS)
def test_no_round_changes_when_moments_become_days(facts: list[NudgeFact]) -> None:
    late = late_answers(facts)
    cut = [
        fact
        if fact.answered_at is None
        else replace(fact, answered_at=day_moment(fact.answered_at, late=fact in late))
        for fact in facts
    ]
    assert rounds_of(cut, []) == rounds_of(facts, [])


@given(FACTS, st.integers(0, 14), st.integers(0, 14))
def test_counts_lead_on_as_the_rounds_did(facts: list[NudgeFact], first: int, second: int) -> None:
    rounds, before = rounds_of(facts, []), NOTHING_BEFORE
    for days in sorted((first, second)):
        kept = [fact for fact in facts if before.until is None or fact.day > before.until]
        until = settled_until(kept, FIRST.date() + timedelta(days=days))
        if until is not None:
            settled = [fact for fact in kept if fact.day <= until]
            assert until < FIRST.date() + timedelta(days=days)
            before = counts_after(
                [played for played in rounds_of(kept, []) if played.day <= until], before
            )
            assert before.until == max(fact.day for fact in settled)
    kept = [fact for fact in facts if before.until is None or fact.day > before.until]
    whole, rest = Progress(rounds), Progress(rounds_of(kept, []), before)
    assert (rest.streak.current, rest.streak.longest) == (
        whole.streak.current,
        whole.streak.longest,
    )
    assert (rest.done, rest.was_broken) == (whole.done, whole.was_broken)
    assert rest.strength == pytest.approx(whole.strength)
    assert explain(rest.rounds, before) == explain(rounds)[len(rounds) - len(rest.rounds) :]


def test_the_counts_of_another_chat_cost_nothing() -> None:
    day = date(2024, 1, 31)
    own = RoundCounts(day, 10, 1, 0, 4, current=8, longest=9, strength=0.4)
    other = RoundCounts(day - timedelta(days=3), 6, 1, 1, 2, current=0, longest=6, strength=0.5)
    both = with_extra(own, other)
    assert (both.until, both.grows, both.total) == (day, 16, own.total + other.total)
    assert (both.current, both.longest, both.strength, both.breaks) == (14, 14, 0.5, 0)
    broken = with_extra(replace(own, breaks=1), other)
    assert (broken.current, broken.longest) == (8, 9)
    assert with_extra(NOTHING_BEFORE, other).current == other.grows
    assert with_extra(own, NOTHING_BEFORE) == own


def test_the_counts_of_another_chat_lead_up_to_the_last_day_and_keep_the_longest_streak() -> None:
    own = RoundCounts(date(2024, 1, 10), 10, breaks=1, current=8, longest=9)
    other = RoundCounts(date(2024, 1, 31), 40, breaks=1, current=2, longest=30)
    both = with_extra(own, other)
    assert (both.until, both.current, both.longest) == (other.until, 8, 30)
    assert with_extra(other, own).until == with_extra(NOTHING_BEFORE, other).until == other.until


def test_without_rounds_nothing_is_added_to_what_is_kept() -> None:
    assert counts_after([]) is NOTHING_BEFORE
    before = counts_after(rounds_of([nudge(0, answered_after=1)], []))
    assert before != NOTHING_BEFORE
    assert counts_after([], before) is before


def test_of_what_was_written_its_local_day_is_left() -> None:
    amsterdam = ZoneInfo("Europe/Amsterdam")
    just_after_midnight = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)  # 2 July, in Amsterdam
    assert day_written(just_after_midnight, amsterdam) == datetime(2026, 7, 2, 10, tzinfo=UTC)
    assert day_written(just_after_midnight, ZoneInfo("UTC")) == datetime(2026, 7, 1, 12, tzinfo=UTC)

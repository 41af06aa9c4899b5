"""How rounds become a streak, each rule a story."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.core.rhythm.rhythm import Rhythm, Weekday, local_day
from bot.core.rhythm.workdays import Absence, next_round
from bot.core.streaks.rounds import (
    Answer,
    NeutralReason,
    NudgeFact,
    Outcome,
    Round,
    rounds_of,
)
from bot.core.streaks.streak import (
    JOKER_EVERY,
    Effect,
    Step,
    Streak,
    explain,
    streak_of,
    strength_of,
)
from tests.unit.core.streaks.habits import OUTCOMES, rounds_from

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CURACAO = ZoneInfo("America/Curacao")
TUE_THU = frozenset({Weekday.TUESDAY, Weekday.THURSDAY})
START = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Diary:
    """Lives through rounds, one after the other, and counts."""

    def __init__(self, rhythm: Rhythm | None = None, now: datetime = START) -> None:
        self.rhythm = rhythm or Rhythm(TUE_THU, time(9, 30), AMSTERDAM)
        self.now = now
        self.facts: list[NudgeFact] = []
        self.absences: list[Absence] = []

    def round(
        self, answer: Answer | None = None, late: float = 1, *, delivered: bool = True
    ) -> NudgeFact:
        """The next round, answered `late` hours after it began, if at all."""
        moment = next_round(self.rhythm, self.now, self.absences)
        assert moment is not None
        fact = NudgeFact(
            round_at=moment,
            day=local_day(moment, self.rhythm.zone),
            per_week=self.rhythm.per_week,
            answer=answer,
            answered_at=moment + timedelta(hours=late) if answer else None,
            delivered=delivered,
        )
        self.facts.append(fact)
        self.now = moment
        return fact

    def does(self, times: int = 1) -> None:
        """Rounds that are done."""
        for _ in range(times):
            self.round(Answer.DONE)

    def misses(self, times: int = 1) -> None:
        """Rounds without an answer."""
        for _ in range(times):
            self.round()

    def extra(self, hours: float, answer: Answer | None = Answer.DONE) -> None:
        """A challenge asked for, some hours after the last round."""
        moment = self.now + timedelta(hours=hours)
        day = local_day(moment, self.rhythm.zone)
        answered = moment + timedelta(minutes=5) if answer else None
        self.facts.append(NudgeFact(moment, day, 2, True, True, answer, answered))

    @property
    def rounds(self) -> list[Round]:
        """All rounds so far."""
        return rounds_of(self.facts, self.absences)

    @property
    def streak(self) -> Streak:
        """The streak so far."""
        return streak_of(self.rounds)


@pytest.fixture
def diary() -> Diary:
    """Tuesdays and Thursdays, half past nine, from January 2026."""
    return Diary()


def test_two_rounds_done_in_a_row(diary: Diary) -> None:
    diary.does(2)
    assert diary.streak.current == 2


def test_tried_counts(diary: Diary) -> None:
    diary.does()
    diary.round(Answer.TRIED)
    assert diary.streak.current == 2


def test_nothing_yet_is_no_streak(diary: Diary) -> None:
    assert diary.streak == Streak(0, 0, (), None)


@pytest.mark.parametrize("answer", [Answer.SKIPPED, None])
def test_one_missed_round_is_forgiven_and_shown(diary: Diary, answer: Answer | None) -> None:
    diary.does(2)
    missed = diary.round(answer)
    diary.does()
    assert diary.streak == Streak(3, 3, (missed.day,), None)
    assert diary.streak.joker_back_on(missed.day) == missed.day + timedelta(days=28)
    assert diary.streak.joker_back_on(missed.day + timedelta(days=28)) is None


def test_a_second_one_within_28_days_breaks_the_streak(diary: Diary) -> None:
    diary.does(2)
    diary.misses()
    diary.does(6)
    second = diary.round()
    diary.does()
    assert diary.streak.current == 1
    assert (diary.streak.longest, diary.streak.broken_on) == (8, second.day)


def test_exactly_28_days_later_the_joker_is_there_again(diary: Diary) -> None:
    diary.does()
    first = diary.round()
    diary.does(7)
    again = diary.round()
    assert again.day - first.day == timedelta(days=28)
    diary.does()
    assert diary.streak == Streak(9, 9, (first.day, again.day), None)


def test_a_miss_without_a_streak_uses_no_joker(diary: Diary) -> None:
    diary.misses(5)
    diary.does()
    assert diary.streak == Streak(1, 1, (), None)


def test_after_a_break_a_new_streak_begins_and_the_longest_stays(diary: Diary) -> None:
    diary.does(5)
    diary.misses(2)
    diary.does(2)
    assert (diary.streak.current, diary.streak.longest) == (2, 5)


def test_kings_day_is_neutral() -> None:
    diary = Diary(Rhythm(frozenset({Weekday.MONDAY}), time(9, 30), AMSTERDAM))
    diary.now = datetime(2026, 4, 19, 12, tzinfo=UTC)
    diary.does(2)
    assert [fact.day for fact in diary.facts] == [date(2026, 4, 20), date(2026, 5, 4)]
    assert diary.streak == Streak(2, 2, (), None)


def test_a_nudge_that_still_came_on_a_holiday_is_neutral_when_left(diary: Diary) -> None:
    diary.does()
    fact = diary.round()
    diary.facts[-1] = replace(fact, day=date(2026, 4, 27))
    diary.does()
    assert diary.streak == Streak(2, 2, (), None)


def test_a_pause_is_neutral(diary: Diary) -> None:
    diary.does(2)
    diary.absences = [Absence(date(2026, 1, 12), date(2026, 2, 22))]
    diary.does()
    assert diary.facts[-1].day == date(2026, 2, 24)
    assert diary.streak == Streak(3, 3, (), None)


def test_an_illness_entered_afterwards_is_neutral(diary: Diary) -> None:
    diary.does(2)
    ill = [diary.round().day for _ in range(3)]
    diary.does()
    assert diary.streak.current == 1
    diary.absences = [Absence(ill[0], ill[-1])]
    assert diary.streak == Streak(3, 3, (), None)


def test_a_round_done_on_a_day_off_counts_all_the_same(diary: Diary) -> None:
    diary.does()
    diary.absences = [Absence(diary.facts[0].day)]
    assert diary.streak.current == 1


def test_an_undelivered_round_is_neutral(diary: Diary) -> None:
    diary.does()
    for _ in range(3):
        diary.round(delivered=False)
    diary.does()
    assert diary.streak == Streak(2, 2, (), None)


def test_a_late_answer_counts_until_the_next_round(diary: Diary) -> None:
    diary.round(Answer.DONE, late=47)
    diary.does()
    assert diary.streak.current == 2


def test_an_answer_after_the_next_round_began_counts_no_more(diary: Diary) -> None:
    diary.does()
    late = diary.round(Answer.DONE, late=24 * 5 + 1)
    diary.does()
    assert diary.streak == Streak(2, 2, (late.day,), None)


def test_an_open_round_changes_nothing_yet(diary: Diary) -> None:
    diary.does()
    diary.round()
    assert diary.rounds[-1].outcome is Outcome.OPEN
    assert diary.streak == Streak(1, 1, (), None)


def test_a_swapped_challenge_and_a_done_one_are_one_round(diary: Diary) -> None:
    swapped = diary.round(Answer.SWAPPED)
    diary.facts.append(
        replace(swapped, answer=Answer.DONE, answered_at=swapped.round_at + timedelta(hours=2))
    )
    assert diary.streak.current == len(diary.rounds) == 1


def test_a_swapped_challenge_and_nothing_more_is_missed(diary: Diary) -> None:
    diary.does()
    diary.round(Answer.SWAPPED)
    diary.does()
    assert [played.outcome for played in diary.rounds] == ["done", "missed", "done"]


def test_an_extra_challenge_counts_once_a_day(diary: Diary) -> None:
    diary.does()
    diary.extra(24)
    diary.extra(26)
    assert diary.streak.current == 2
    diary.does()
    diary.extra(2)
    assert diary.streak.current == 3


def test_an_extra_challenge_that_is_left_costs_nothing(diary: Diary) -> None:
    diary.does()
    diary.extra(24, answer=None)
    diary.extra(26, answer=Answer.SKIPPED)
    diary.does()
    assert diary.streak == Streak(2, 2, (), None)


def test_an_extra_challenge_does_not_end_a_round_of_their_own(diary: Diary) -> None:
    own = diary.round(Answer.DONE, late=6)
    diary.extra(2, answer=None)
    assert [played.outcome for played in diary.rounds] == ["done", "neutral"]
    assert own.answered_at is not None and own.answered_at > diary.facts[1].round_at


def test_an_extra_challenge_before_the_round_of_that_day_counts_once_too(diary: Diary) -> None:
    diary.does()
    diary.extra(47)  # Thursday, an hour before the round of that day
    diary.does()
    assert diary.facts[1].day == diary.facts[2].day
    assert diary.streak.current == 2


def test_a_rhythm_changed_in_between(diary: Diary) -> None:
    diary.does(2)
    diary.rhythm = Rhythm(frozenset(Weekday), time(16, 0), AMSTERDAM)
    diary.does(3)
    assert diary.streak.current == 5


def test_a_move_to_curacao_neither_breaks_nor_doubles(diary: Diary) -> None:
    diary.rhythm = Rhythm(frozenset(Weekday), time(9, 30), AMSTERDAM)
    diary.does(2)
    diary.rhythm = Rhythm(frozenset(Weekday), time(9, 30), CURACAO)
    diary.does(2)
    moments = [fact.round_at.astimezone(UTC).strftime("%d %H:%M") for fact in diary.facts]
    assert moments == ["06 08:30", "07 08:30", "07 13:30", "08 13:30"]
    assert diary.streak.current == 4


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 3, 28, 0, tzinfo=UTC), 23),  # the clocks go forward on the 29th
        (datetime(2026, 10, 24, 0, tzinfo=UTC), 25),  # and back on 25 October
    ],
)
def test_the_clocks_change(now: datetime, hours: int) -> None:
    diary = Diary(Rhythm(frozenset(Weekday), time(9, 30), AMSTERDAM), now)
    diary.does(3)
    first, second, third = [fact.round_at for fact in diary.facts]
    assert second - first == timedelta(hours=hours)
    assert third - second == timedelta(hours=24)
    assert diary.streak.current == 3


def test_29_february_2028() -> None:
    diary = Diary(now=datetime(2028, 2, 24, 12, tzinfo=UTC))
    diary.does(2)
    assert [fact.day for fact in diary.facts] == [date(2028, 2, 29), date(2028, 3, 2)]
    assert diary.streak.current == 2


def test_27_days_later_the_joker_is_not_there_yet() -> None:
    steps = [(1, Outcome.DONE), (1, Outcome.MISSED), (27, Outcome.MISSED), (1, Outcome.DONE)]
    assert streak_of(rounds_from(steps)) == Streak(1, 1, (date(2026, 1, 3),), date(2026, 1, 30))


def test_a_break_does_not_bring_the_joker_back() -> None:
    steps = [(1, Outcome.DONE), *[(1, Outcome.MISSED)] * 2, (1, Outcome.DONE), (1, Outcome.MISSED)]
    assert streak_of(rounds_from(steps)) == Streak(0, 1, (date(2026, 1, 3),), date(2026, 1, 6))


@given(OUTCOMES)
def test_figures_that_always_hold(steps: list[tuple[int, Outcome]]) -> None:
    rounds = rounds_from(steps)
    streak = streak_of(rounds)
    assert 0 <= streak.current <= streak.longest <= len(rounds)
    assert 0 <= strength_of(rounds) < 1
    gaps = zip(streak.jokers, streak.jokers[1:], strict=False)
    assert all(later - joker >= timedelta(days=28) for joker, later in gaps)


def test_each_effect_on_the_streak() -> None:
    miss, done = (1, Outcome.MISSED), (1, Outcome.DONE)
    rounds = rounds_from([miss, done, miss, (1, Outcome.TRIED), miss, (1, Outcome.OPEN)])
    days = [played.day for played in rounds]
    assert explain(rounds) == [
        Step(days[0], Effect.NO_STREAK, Outcome.MISSED, None, 0),
        Step(days[1], Effect.GROWS, Outcome.DONE, None, 1),
        Step(days[2], Effect.JOKER, Outcome.MISSED, None, 1),
        Step(days[3], Effect.GROWS, Outcome.TRIED, None, 2),
        Step(days[4], Effect.BREAKS, Outcome.MISSED, None, 0, joker_day=days[2]),
        Step(days[5], Effect.OPEN, Outcome.OPEN, None, 0),
    ]
    off = Round(days[5], 2, Outcome.NEUTRAL, NeutralReason.DAY_OFF)
    assert explain([off]) == [
        Step(days[5], Effect.NEUTRAL, Outcome.NEUTRAL, NeutralReason.DAY_OFF, 0)
    ]


@given(OUTCOMES)
def test_the_explanation_adds_up_and_no_change_is_unexplained(
    steps: list[tuple[int, Outcome]],
) -> None:
    rounds = rounds_from(steps)
    explained = explain(rounds)
    assert [(step.day, step.outcome) for step in explained] == [
        (played.day, played.outcome) for played in rounds
    ]
    before, jokers = 0, []
    for step in explained:
        change = step.current - before
        assert (step.effect is Effect.GROWS) == (step.outcome in ("done", "tried")) == (change == 1)
        assert (step.effect is Effect.BREAKS) == (change < 0)
        assert step.current == 0 or step.effect is not Effect.BREAKS
        if step.effect is Effect.JOKER:
            jokers.append(step.day)
        if step.effect is Effect.BREAKS:  # what it names as the cause is one
            assert step.joker_day == jokers[-1] and step.day - jokers[-1] < JOKER_EVERY
        before = step.current
    assert (before, tuple(jokers)) == (streak_of(rounds).current, streak_of(rounds).jokers)


@given(OUTCOMES)
def test_neutral_and_open_rounds_change_nothing(steps: list[tuple[int, Outcome]]) -> None:
    rounds = rounds_from(steps)
    counting = [r for r in rounds if r.outcome not in (Outcome.NEUTRAL, Outcome.OPEN)]
    assert streak_of(rounds) == streak_of(counting)
    assert strength_of(rounds) == strength_of(counting)

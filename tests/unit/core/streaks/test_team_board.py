"""How the weeks of a team become a streak and a drop, and what they never tell."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.streaks.rounds import Answer, NudgeFact
from bot.core.streaks.team_board import (
    Board,
    Participation,
    Phase,
    TeamWeek,
    WeekMark,
    mark_of,
    monday_of,
    participation_of,
    team_streak,
)

TODAY = date(2026, 11, 25)  # a Wednesday
THIS_MONDAY = date(2026, 11, 23)
MINIMUM = 5
MOST, HALF, BELOW, QUIET = WeekMark.MOST, WeekMark.HALF, WeekMark.BELOW, WeekMark.QUIET
MARKS = st.sampled_from([MOST, HALF, BELOW, QUIET])


def week(mark: WeekMark, ago: int = 1, *themes: str) -> TeamWeek:
    """Returns the week that began `ago` weeks before this one."""
    return TeamWeek(THIS_MONDAY - timedelta(weeks=ago), mark, frozenset(themes))


def history(*marks: WeekMark) -> tuple[TeamWeek, ...]:
    """Weeks that are over, the last of them last week."""
    return tuple(week(mark, len(marks) - n) for n, mark in enumerate(marks))


def board(*weeks: TeamWeek) -> Board:
    """Returns the board of a team on a Wednesday."""
    return Board("Wijkteam Oost", weeks, MINIMUM, TODAY)


# What is kept of a week


@pytest.mark.parametrize(
    ("had_round", "took_part", "mark"),
    [
        (0, 0, QUIET),
        (4, 4, QUIET),
        (5, 0, BELOW),
        (5, 1, BELOW),
        (5, 2, HALF),
        (5, 3, HALF),
        (5, 4, MOST),
        (5, 5, MOST),
        (300, 99, BELOW),
        (300, 100, HALF),
        (300, 199, HALF),
        (300, 200, MOST),
    ],
)
def test_a_mark_is_about_a_third_of_the_members(
    had_round: int, took_part: int, mark: WeekMark
) -> None:
    assert mark_of(had_round, took_part, 0, MINIMUM) is mark


@pytest.mark.parametrize(("noise", "mark"), [(-1, BELOW), (0, HALF), (2, MOST)])
def test_noise_is_added_to_those_who_took_part(noise: int, mark: WeekMark) -> None:
    assert mark_of(6, 2, noise, MINIMUM) is mark


@given(st.integers(0, 40), st.data())
def test_whether_there_is_a_figure_hangs_on_no_answer(had_round: int, data: st.DataObject) -> None:
    took_part, noise = data.draw(st.integers(0, had_round)), data.draw(st.integers(-90, 90))
    assert (mark_of(had_round, took_part, noise, MINIMUM) is QUIET) == (had_round < MINIMUM)


@given(st.integers(MINIMUM, 40), st.data())
def test_with_noise_every_mark_is_possible_whatever_they_did(
    had_round: int, data: st.DataObject
) -> None:
    took_part = data.draw(st.integers(0, had_round))
    marks = {mark_of(had_round, took_part, noise, MINIMUM) for noise in range(-90, 91)}
    assert marks == {BELOW, HALF, MOST}


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_week_begins_on_monday(day: date) -> None:
    monday = monday_of(day)
    assert monday.isoweekday() == 1
    assert timedelta() <= day - monday < timedelta(weeks=1)


# The streak


@pytest.mark.parametrize(
    ("marks", "streak"),
    [
        ([], 0),
        ([MOST, HALF, MOST], 3),
        ([MOST, QUIET, QUIET, HALF], 2),
        ([MOST, BELOW], 1),
        ([MOST, BELOW, HALF], 2),
        ([MOST, MOST, BELOW, BELOW], 0),
        ([MOST, MOST, BELOW, QUIET, BELOW], 0),
        ([MOST, MOST, BELOW, BELOW, BELOW, HALF], 1),
        ([MOST, BELOW, HALF, BELOW, HALF], 3),
    ],
)
def test_two_weeks_below_in_a_row_end_the_streak(marks: list[WeekMark], streak: int) -> None:
    assert team_streak(marks) == streak


# The drop


def test_the_drop_grows_by_what_a_week_was() -> None:
    assert board(*history(HALF, BELOW, MOST, QUIET, HALF)).sizes == (0.5, 1.5, 2.0)
    assert board(*history(BELOW, QUIET)).sizes == ()
    assert board(*history(BELOW, QUIET)).size == 0


def test_the_drop_grows_towards_a_quarter_and_then_twice_that() -> None:
    assert board().reach == 13
    assert board(*history(*[MOST] * 13)).reach == 13
    assert board(*history(*[MOST] * 13, HALF)).reach == 26
    assert board(*history(*[MOST] * 104)).reach == 104


# The themes


def test_themes_are_those_of_the_newest_week_with_figures() -> None:
    weeks = (week(MOST, 3, "aannames"), week(BELOW, 2, "durf", "verbind"), week(QUIET, 1, "vragen"))
    assert board(*weeks).themes == {"durf", "verbind"}
    assert board(week(MOST, 13, "lang-geleden")).themes == frozenset()
    assert board().themes == frozenset()


# The last weeks, one by one


def test_every_week_has_its_mark_and_one_left_out_is_quiet() -> None:
    recent = board(week(MOST, 5), week(BELOW, 4), week(QUIET, 2), week(HALF, 1)).recent
    assert [(THIS_MONDAY - shown.monday).days // 7 for shown in recent] == [5, 4, 3, 2, 1, 0]
    assert [shown.mark for shown in recent] == [MOST, BELOW, QUIET, QUIET, HALF, WeekMark.RUNNING]


def test_twelve_weeks_are_shown_and_this_one_is_last() -> None:
    recent = board(*history(*[MOST] * 104)).recent
    assert len(recent) == 12
    assert recent[-1] == TeamWeek(THIS_MONDAY, WeekMark.RUNNING) == board().recent[0]


# Which story


@pytest.mark.parametrize(
    ("weeks", "phase"),
    [
        ((), Phase.NEW),
        (history(QUIET, QUIET), Phase.SMALL),
        (history(MOST, QUIET), Phase.QUIET),
        ((week(MOST, 2),), Phase.QUIET),
        (history(QUIET, BELOW), Phase.BELOW),
        (history(BELOW, HALF), Phase.HALF),
        (history(HALF, MOST), Phase.MOST),
    ],
)
def test_a_board_tells_one_story(weeks: tuple[TeamWeek, ...], phase: Phase) -> None:
    assert board(*weeks).phase is phase


@given(st.lists(MARKS, max_size=20), MARKS)
def test_a_week_more_never_makes_the_drop_smaller(past: list[WeekMark], last: WeekMark) -> None:
    before, after = board(*history(*past)), board(*history(*past, last))
    assert before.size <= after.size <= after.reach
    assert after.size - before.size <= 1


# What a member did with a week


def test_an_undelivered_nudge_is_no_round() -> None:
    at = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    until = at + timedelta(days=6)
    lost = NudgeFact(at, date(2026, 11, 24), 5, delivered=False)
    assert participation_of([], until) is participation_of([lost], until) is Participation.NO_ROUND
    here = replace(lost, delivered=True)
    assert participation_of([lost, here], until) is Participation.HAD_ROUND
    late = replace(here, answer=Answer.DONE, answered_at=until)
    assert participation_of([late], until) is Participation.HAD_ROUND
    assert participation_of([replace(late, answered_at=at)], until) is Participation.TOOK_PART


def test_the_board_has_the_streak_of_its_weeks() -> None:
    weeks = history(WeekMark.MOST, WeekMark.HALF)
    assert board(*weeks).streak == team_streak(week.mark for week in weeks) == 2

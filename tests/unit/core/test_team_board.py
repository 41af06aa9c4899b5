"""How the weeks of a team become a streak and a drop, and what they never tell."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.rounds import Answer, NudgeFact
from bot.core.team_board import (
    Board,
    Participation,
    Phase,
    ShownWeek,
    TeamWeek,
    WeekMark,
    WeekStatus,
    growth_in_week,
    monday_of,
    participation_of,
    team_streak,
    week_status,
)

TODAY = date(2026, 11, 25)  # a Wednesday
THIS_MONDAY = date(2026, 11, 23)
MINIMUM = 4

THEMES = st.frozensets(st.sampled_from(["aannames", "durf", "verbind", "vragen"]))
NAMELESS = THIS_MONDAY  # the strategies draw counts; the history gives each its own Monday


def week(had_round: int, took_part: int, ago: int = 1, *themes: str) -> TeamWeek:
    """Returns the week that began `ago` weeks before this one."""
    monday = THIS_MONDAY - timedelta(weeks=ago)
    return TeamWeek(monday, had_round, took_part, frozenset(themes))


def history(*counts: tuple[int, int]) -> tuple[TeamWeek, ...]:
    """Weeks that are over, the last of them last week."""
    return tuple(week(*count, len(counts) - n) for n, count in enumerate(counts))


def board(weeks: tuple[TeamWeek, ...] = (), running: tuple[int, int] | None = None) -> Board:
    """Returns the board of a team on a Wednesday."""
    now = week(*running, 0) if running else None
    return Board("Wijkteam Oost", weeks, now, MINIMUM, TODAY)


def said(shown: Board) -> dict[str, object]:
    """Returns all that picture and words are made of: each public property of `Board`."""
    return {
        name: getattr(shown, name)
        for name, attribute in vars(Board).items()
        if isinstance(attribute, property) and not name.startswith("_")
    }


# Which weeks count


@pytest.mark.parametrize(
    ("had_round", "took_part", "standing"),
    [
        (0, 0, WeekStatus.NEUTRAL),
        (1, 1, WeekStatus.SMALL),
        (3, 3, WeekStatus.SMALL),
        (4, 1, WeekStatus.BELOW),
        (4, 2, WeekStatus.COUNTS),
        (5, 2, WeekStatus.BELOW),
        (5, 3, WeekStatus.COUNTS),
        (300, 149, WeekStatus.BELOW),
        (300, 150, WeekStatus.COUNTS),
    ],
)
def test_a_week_counts_when_at_least_half_took_part(
    had_round: int, took_part: int, standing: WeekStatus
) -> None:
    assert week_status(week(had_round, took_part), MINIMUM) is standing


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_week_begins_on_monday(day: date) -> None:
    monday = monday_of(day)
    assert monday.isoweekday() == 1
    assert timedelta() <= day - monday < timedelta(weeks=1)


# The streak


def test_three_weeks_in_a_row() -> None:
    assert team_streak(history((8, 4), (8, 8), (6, 5)), MINIMUM) == 3


def test_a_week_below_half_ends_the_streak() -> None:
    assert team_streak(history((8, 8), (8, 3), (8, 4)), MINIMUM) == 1
    assert team_streak(history((8, 8), (8, 3)), MINIMUM) == 0


def test_christmas_and_a_week_with_few_change_nothing() -> None:
    assert team_streak(history((8, 8), (0, 0), (3, 0), (8, 4)), MINIMUM) == 2


def test_the_running_week_adds_when_it_counts_and_never_ends() -> None:
    past = history((8, 8), (8, 8))
    assert team_streak(past, MINIMUM, week(8, 4, 0)) == 3
    assert team_streak(past, MINIMUM, week(8, 3, 0)) == 2
    assert team_streak(past, MINIMUM, week(2, 2, 0)) == 2


# The drop


def test_the_drop_grows_by_the_share_that_took_part() -> None:
    shown = board(history((8, 4), (8, 8), (4, 3)))
    assert shown.sizes == (0.5, 1.5, 2.25)
    assert shown.size == 2.25


def test_weeks_that_do_not_count_do_not_grow_the_drop() -> None:
    shown = board(history((8, 3), (3, 3), (0, 0)))
    assert shown.sizes == ()
    assert shown.size == 0
    assert growth_in_week(week(8, 3), MINIMUM) == 0


def test_the_running_week_adds_a_half_until_it_is_over() -> None:
    assert board(history((8, 8)), (8, 8)).sizes == (1, 1.5)
    assert board(history((8, 8)), (8, 3)).sizes == (1,)


def test_the_drop_grows_towards_a_quarter_and_then_twice_that() -> None:
    assert board().reach == 13
    assert board(history(*[(8, 8)] * 13)).reach == 13
    assert board(history(*[(8, 8)] * 13), (8, 8)).reach == 26
    assert board(history(*[(8, 8)] * 104)).reach == 104


# The themes


def test_themes_come_from_the_last_twelve_weeks_that_counted() -> None:
    weeks = (
        week(8, 8, 13, "lang-geleden"),
        week(8, 8, 12, "durf"),
        week(8, 2, 3, "onder-de-helft"),
        week(3, 3, 2, "te-weinig"),
        week(8, 4, 1, "durf", "verbind"),
    )
    assert board(weeks).themes == {"durf", "verbind"}
    assert board().themes == frozenset()


# The last weeks, one by one


def test_every_week_has_its_mark_and_one_left_out_is_quiet() -> None:
    weeks = (week(8, 6, 5), week(8, 2, 4), week(3, 3, 2), week(8, 8, 1))
    recent = board(weeks, (8, 1)).recent
    assert [shown.monday for shown in recent] == [
        week(0, 0, ago).monday for ago in range(5, -1, -1)
    ]
    marks = [(shown.mark, shown.growth) for shown in recent]
    assert marks == [
        (WeekMark.GROWS, 0.75),
        (WeekMark.BELOW, 0),
        (WeekMark.QUIET, 0),
        (WeekMark.QUIET, 0),
        (WeekMark.GROWS, 1),
        (WeekMark.RUNNING, 0),
    ]


def test_twelve_weeks_are_shown_and_this_one_is_last() -> None:
    recent = board(history(*[(8, 8)] * 104), (8, 8)).recent
    assert len(recent) == 12
    assert recent[-1] == ShownWeek(THIS_MONDAY, WeekMark.GROWS, 0.5, running=True)
    assert board().recent == (ShownWeek(THIS_MONDAY, WeekMark.RUNNING, 0, running=True),)


# Which story


@pytest.mark.parametrize(
    ("past", "running", "phase"),
    [
        ((), None, Phase.NEW),
        ((), (2, 2), Phase.NEW),
        ((), (5, 2), Phase.EARLY),
        ((), (5, 3), Phase.COUNTS),
        ([(3, 3), (0, 0)], None, Phase.SMALL),
        ([(3, 3)], (3, 0), Phase.SMALL),
        ([(3, 3), (4, 1)], (3, 3), Phase.QUIET),
        ([(8, 8)], None, Phase.QUIET),
        ([(8, 8)], (8, 3), Phase.EARLY),
        ([(3, 3)], (4, 2), Phase.COUNTS),
    ],
)
def test_a_board_tells_one_story(
    past: list[tuple[int, int]], running: tuple[int, int] | None, phase: Phase
) -> None:
    assert board(history(*past), running).phase is phase


# What is never shown


@st.composite
def counted(draw: st.DrawFn, least: int = 0, most: int = 12) -> TeamWeek:
    """The counts of a week in which `least` to `most` had a round."""
    had_round = draw(st.integers(least, most))
    return TeamWeek(NAMELESS, had_round, draw(st.integers(0, had_round)), draw(THEMES))


QUIET_WEEKS = counted(0, MINIMUM - 1)
WEEKS_BELOW = counted(MINIMUM).filter(lambda week: 2 * week.took_part < week.had_round)
WEEKS_THAT_COUNT = counted(MINIMUM).filter(lambda week: 2 * week.took_part >= week.had_round)
HISTORIES = st.lists(counted(), max_size=20)


def board_after(past: list[TeamWeek], running: TeamWeek | None = None) -> Board:
    """A board whose weeks each have a Monday of their own, the last of them last week."""
    mondays = [THIS_MONDAY - timedelta(weeks=len(past) - n) for n in range(len(past))]
    dated = [
        replace(past_week, monday=monday) for past_week, monday in zip(past, mondays, strict=True)
    ]
    return Board("Wijkteam Oost", tuple(dated), running, MINIMUM, TODAY)


@st.composite
def twins(draw: st.DrawFn, kind: st.SearchStrategy[TeamWeek]) -> tuple[Board, Board]:
    """Two boards that are the same, but for one week that is over; both times of this `kind`."""
    before, after = draw(HISTORIES), draw(HISTORIES)
    running = draw(st.none() | counted())
    first, second = (board_after([*before, draw(kind), *after], running) for _ in range(2))
    return first, second


@given(twins(QUIET_WEEKS))
def test_nothing_tells_what_a_small_week_held(pair: tuple[Board, Board]) -> None:
    first, second = pair
    assert said(first) == said(second)


@given(twins(WEEKS_BELOW))
def test_nothing_tells_how_far_below_half_a_week_was(pair: tuple[Board, Board]) -> None:
    first, second = pair
    assert said(first) == said(second)


@pytest.mark.parametrize("kind", [QUIET_WEEKS, WEEKS_BELOW, WEEKS_THAT_COUNT])
@given(data=st.data())
def test_the_running_week_tells_only_whether_it_counts(
    kind: st.SearchStrategy[TeamWeek], data: st.DataObject
) -> None:
    past = data.draw(HISTORIES)
    first, second = (board_after(past, data.draw(kind)) for _ in range(2))
    assert said(first) == said(second)


@given(HISTORIES, counted(), st.sampled_from(["een", "twee"]))
def test_a_theme_shows_only_when_its_week_counted(
    past: list[TeamWeek], last: TeamWeek, theme: str
) -> None:
    shown = board_after([*past, replace(last, themes=frozenset({theme}))])
    counts = week_status(last, MINIMUM) is WeekStatus.COUNTS
    assert (theme in shown.themes) is counts


@given(HISTORIES, counted())
def test_a_week_more_never_makes_the_drop_smaller(past: list[TeamWeek], last: TeamWeek) -> None:
    before, after = board_after(past), board_after([*past, last])
    assert after.size >= before.size
    assert after.size <= after.reach
    assert after.size - before.size <= 1 + 1e-9


@given(HISTORIES, counted())
def test_the_week_that_ends_never_takes_what_it_had_given(
    past: list[TeamWeek], last: TeamWeek
) -> None:
    """The half that a running week adds is the least that it adds in the end."""
    assume(week_status(last, MINIMUM) is WeekStatus.COUNTS)
    assert board_after([*past, last]).size >= board_after(past, last).size
    assert board_after([*past, last]).streak == board_after(past, last).streak


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

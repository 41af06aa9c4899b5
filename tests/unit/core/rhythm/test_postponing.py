"""To which moments a nudge can be put off."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.core.rhythm.postponing import PostponeOption, postpone_options
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, Weekday, local_day
from bot.core.rhythm.workdays import Absence, is_day_off, is_quiet
from tests.unit.core.strategies import ABSENCES, MOMENTS, RHYTHMS

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WORKDAYS = Rhythm(WORKWEEK, time(9, 30), AMSTERDAM)


def at(day: int, month: int, hour: int, minute: int = 0) -> datetime:
    """This moment of 2026 on the clocks of Amsterdam."""
    return datetime(2026, month, day, hour, minute, tzinfo=AMSTERDAM)


def test_in_the_morning_all_three() -> None:
    offers = postpone_options(WORKDAYS, at(24, 11, 9, 30), [])
    assert list(offers) == [PostponeOption.HOUR, PostponeOption.AFTERNOON, PostponeOption.TOMORROW]
    assert list(offers.values()) == [at(24, 11, 10, 30), at(24, 11, 16, 30), at(25, 11, 9, 30)]
    assert {moment.tzinfo for moment in offers.values()} == {UTC}


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (
            5,
            59,
            [PostponeOption.AFTERNOON, PostponeOption.TOMORROW],
        ),  # in an hour it is not yet seven
        (6, 0, [PostponeOption.HOUR, PostponeOption.AFTERNOON, PostponeOption.TOMORROW]),
        (15, 29, [PostponeOption.HOUR, PostponeOption.AFTERNOON, PostponeOption.TOMORROW]),
        (15, 30, [PostponeOption.HOUR, PostponeOption.TOMORROW]),  # the afternoon ends in an hour
        (18, 59, [PostponeOption.HOUR, PostponeOption.TOMORROW]),
        (19, 0, [PostponeOption.TOMORROW]),  # in an hour it is eight
        (23, 30, [PostponeOption.TOMORROW]),
    ],
)
def test_what_is_left_of_the_day(hour: int, minute: int, expected: list[PostponeOption]) -> None:
    assert list(postpone_options(WORKDAYS, at(24, 11, hour, minute), [])) == expected


def test_on_kings_day_only_the_day_after() -> None:
    assert postpone_options(WORKDAYS, at(27, 4, 10), []) == {
        PostponeOption.TOMORROW: at(28, 4, 9, 30)
    }


def test_on_friday_tomorrow_is_monday() -> None:
    assert postpone_options(WORKDAYS, at(27, 11, 10), [])[PostponeOption.TOMORROW] == at(
        30, 11, 9, 30
    )


def test_tomorrow_may_be_a_workday_outside_the_rhythm() -> None:
    tuesdays = Rhythm(frozenset({Weekday.TUESDAY}), time(9, 30), AMSTERDAM)
    assert postpone_options(tuesdays, at(24, 11, 10), [])[PostponeOption.TOMORROW] == at(
        25, 11, 9, 30
    )


def test_tomorrow_comes_after_the_leave() -> None:
    leave = [Absence(date(2026, 11, 25), date(2026, 11, 29))]
    assert list(postpone_options(WORKDAYS, at(24, 11, 10), leave).values()) == [
        at(24, 11, 11),
        at(24, 11, 16, 30),
        at(30, 11, 9, 30),
    ]


def test_away_for_good_from_tomorrow_leaves_only_today() -> None:
    gone = [Absence(date(2026, 11, 25))]
    assert list(postpone_options(WORKDAYS, at(24, 11, 10), gone)) == [
        PostponeOption.HOUR,
        PostponeOption.AFTERNOON,
    ]


def test_away_for_good_has_no_later() -> None:
    assert postpone_options(WORKDAYS, at(24, 11, 10), [Absence(date(2026, 11, 1))]) == {}


def test_the_afternoon_is_that_of_curacao() -> None:
    rhythm = Rhythm(WORKWEEK, time(13, 15), ZoneInfo("America/Curacao"))
    offers = postpone_options(rhythm, at(24, 11, 14, 30), [])
    assert offers == {
        PostponeOption.HOUR: datetime(2026, 11, 24, 14, 30, tzinfo=UTC),
        PostponeOption.AFTERNOON: datetime(2026, 11, 24, 20, 30, tzinfo=UTC),
        PostponeOption.TOMORROW: datetime(2026, 11, 25, 17, 15, tzinfo=UTC),
    }


@given(RHYTHMS, MOMENTS, ABSENCES)
def test_later_is_later_and_disturbs_nobody(
    rhythm: Rhythm, now: datetime, absences: list[Absence]
) -> None:
    moments = list(postpone_options(rhythm, now, absences).values())
    assert moments == sorted(set(moments))
    for moment in moments:
        assert moment > now
        assert not is_quiet(moment, rhythm.zone)
        assert not is_day_off(local_day(moment, rhythm.zone), absences)

"""Days that count, quiet hours, and when a late nudge still goes out."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, Weekday, local_day
from bot.core.rhythm.workdays import (
    SPREAD,
    Absence,
    delivery_moment,
    is_day_off,
    is_public_holiday,
    is_quiet,
    next_day_at_work,
    next_round,
    spread,
)
from tests.unit.core.strategies import ABSENCES, MOMENTS, RHYTHMS

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WORKDAYS = Rhythm(WORKWEEK, time(9, 30), AMSTERDAM)
TUESDAYS = Rhythm(frozenset({Weekday.TUESDAY}), time(9, 30), AMSTERDAM)
FOR_GOOD = Absence(date(2026, 11, 1))


def at(day: int, month: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """This moment on the clocks of Amsterdam."""
    return datetime(year, month, day, hour, minute, tzinfo=AMSTERDAM)


def test_public_holidays_of_the_netherlands() -> None:
    assert is_public_holiday(date(2026, 4, 27))  # King's Day
    assert is_public_holiday(date(2025, 4, 26))  # on a Saturday, because the 27th is a Sunday
    assert is_public_holiday(date(2026, 12, 26))
    assert not is_public_holiday(date(2026, 12, 24))


@pytest.mark.parametrize("year", range(2014, 2101))
def test_public_holidays_are_those_of_the_holidays_package(year: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(days=number) for number in range(366)]
    ours = {day for day in days if day.year == year and is_public_holiday(day)}
    assert ours == set(country_holidays("NL", years=year))


def test_no_round_on_kings_day() -> None:
    assert next_round(WORKDAYS, at(24, 4, 12), []) == at(28, 4, 9, 30)


def test_an_absence_covers_its_first_and_last_day() -> None:
    leave = Absence(date(2026, 12, 24), date(2027, 1, 3))
    days = [date(2026, 12, 23), date(2026, 12, 24), date(2027, 1, 3), date(2027, 1, 4)]
    assert [leave.covers(day) for day in days] == [False, True, True, False]
    with pytest.raises(ValueError, match=r"^an absence ends on or after its first day$"):
        Absence(date(2026, 12, 24), date(2026, 12, 23))


def test_rounds_go_on_the_day_after_leave_over_the_new_year() -> None:
    leave = [Absence(date(2026, 12, 24), date(2027, 1, 3))]
    assert next_round(WORKDAYS, at(23, 12, 12), leave) == at(4, 1, 9, 30, 2027)


def test_absences_may_overlap() -> None:
    leave = [
        Absence(date(2026, 11, 24), date(2026, 11, 26)),
        Absence(date(2026, 11, 25), date(2026, 11, 29)),
    ]
    assert next_round(WORKDAYS, at(23, 11, 12), leave) == at(30, 11, 9, 30)


def test_the_first_minute_back_counts() -> None:
    midnight = Rhythm(WORKWEEK, time(0), AMSTERDAM)
    assert next_round(midnight, at(24, 4, 12), []) == at(28, 4, 0)  # after King's Day


def test_leave_that_ends_where_the_next_begins_is_one_leave() -> None:
    leave = [
        Absence(date(2026, 11, 27), date(2026, 11, 29)),
        Absence(date(2026, 11, 24), date(2026, 11, 26)),
    ]
    assert next_round(WORKDAYS, at(23, 11, 12), leave) == at(30, 11, 9, 30)
    assert next_day_at_work(WORKDAYS, date(2026, 11, 23), leave) == date(2026, 11, 30)


def test_an_end_of_one_absence_is_no_end_of_another() -> None:
    leave = [Absence(date(2026, 11, 24), date(2026, 11, 26)), FOR_GOOD]
    assert next_round(WORKDAYS, at(23, 11, 12), leave) is None
    assert next_day_at_work(WORKDAYS, date(2026, 11, 23), leave) is None


def test_rounds_before_an_absence_without_an_end_still_come() -> None:
    leaves = [Absence(date(2026, 11, 25))]
    assert next_round(WORKDAYS, at(23, 11, 12), leaves) == at(24, 11, 9, 30)
    assert next_round(WORKDAYS, at(24, 11, 12), leaves) is None


def test_quiet_hours_are_those_of_the_zone() -> None:
    assert is_quiet(at(24, 11, 11, 59), ZoneInfo("America/Curacao"))  # 6:59 over there
    assert not is_quiet(at(24, 11, 12), ZoneInfo("America/Curacao"))


def test_away_for_good_has_no_next_round() -> None:
    assert next_round(WORKDAYS, at(23, 11, 12), [FOR_GOOD]) is None
    assert next_day_at_work(WORKDAYS, date(2026, 11, 23), [FOR_GOOD]) is None


def test_the_next_day_at_work_is_no_day_off() -> None:
    assert next_day_at_work(WORKDAYS, date(2026, 11, 27), []) == date(2026, 11, 30)
    saturdays = Rhythm(frozenset({Weekday.SATURDAY}), time(9, 30), AMSTERDAM)
    assert next_day_at_work(saturdays, date(2026, 11, 27), []) == date(2026, 11, 28)
    assert next_day_at_work(WORKDAYS, date(2026, 12, 24), []) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"), [(6, 59, True), (7, 0, False), (19, 59, False), (20, 0, True)]
)
def test_nobody_is_disturbed_before_seven_or_from_eight_on(
    hour: int, minute: int, quiet: bool
) -> None:
    assert is_quiet(at(24, 11, hour, minute), AMSTERDAM) is quiet


@pytest.mark.parametrize(
    ("rhythm", "planned", "now", "expected"),
    [
        (WORKDAYS, at(24, 11, 9, 30), at(24, 11, 9, 30), "now"),
        (WORKDAYS, at(24, 11, 9, 30), at(24, 11, 9, 40), "now"),
        (WORKDAYS, at(24, 11, 9, 30), at(24, 11, 15), "now"),
        (WORKDAYS, at(24, 11, 9, 30), at(24, 11, 21), None),  # tomorrow has its own
        (TUESDAYS, at(24, 11, 9, 30), at(24, 11, 21), at(25, 11, 7)),
        (TUESDAYS, at(24, 11, 9, 30), at(27, 11, 21), at(30, 11, 7)),  # over the weekend
        (TUESDAYS, at(24, 11, 9, 30), at(28, 11, 12), at(30, 11, 7)),
        (WORKDAYS, at(24, 11, 9, 30), at(27, 11, 15), "now"),  # three days later
        (WORKDAYS, at(24, 11, 9, 30), at(27, 11, 8), None),  # the next one is at half past nine
        (TUESDAYS, at(21, 4, 9, 30), at(27, 4, 12), None),  # King's Day, and tomorrow is Tuesday
        (TUESDAYS, at(24, 11, 3), at(24, 11, 3), None),  # planned in the night, by mistake
        (TUESDAYS, at(25, 11, 3), at(25, 11, 3), at(25, 11, 7)),
    ],
)
def test_a_late_nudge_goes_out_when_it_disturbs_nobody(
    rhythm: Rhythm, planned: datetime, now: datetime, expected: datetime | str | None
) -> None:
    assert delivery_moment(rhythm, planned, now, []) == (now if expected == "now" else expected)


@pytest.mark.parametrize(("minute", "expected"), [(10, "now"), (11, at(30, 11, 7))])
def test_ten_minutes_is_on_time_also_at_the_weekend(minute: int, expected: datetime | str) -> None:
    now = at(28, 11, 12, minute)
    moment = delivery_moment(TUESDAYS, at(28, 11, 12), now, [])
    assert moment == (now if expected == "now" else expected)


def test_what_is_on_time_but_on_a_day_off_waits() -> None:
    kings_day = at(27, 4, 9, 30)
    assert delivery_moment(WORKDAYS, kings_day, kings_day, []) is None  # tomorrow has its own
    fridays = Rhythm(frozenset({Weekday.FRIDAY}), time(9, 30), AMSTERDAM)
    assert delivery_moment(fridays, kings_day, kings_day, []) == at(28, 4, 7)


def test_what_is_late_in_the_small_hours_goes_out_at_seven() -> None:
    assert delivery_moment(TUESDAYS, at(24, 11, 9, 30), at(25, 11, 3), []) == at(25, 11, 7)


def test_what_is_late_at_eight_waits_for_the_morning() -> None:
    planned = at(24, 11, 9, 30)
    now = at(24, 11, 19, 59)
    assert delivery_moment(TUESDAYS, planned, now, []) == now
    assert delivery_moment(TUESDAYS, planned, at(24, 11, 20), []) == at(25, 11, 7)


def test_no_late_nudge_during_an_absence() -> None:
    now = at(25, 11, 12)
    ill = [Absence(date(2026, 11, 25), date(2026, 11, 26))]
    assert delivery_moment(TUESDAYS, at(24, 11, 9, 30), now, ill) == at(27, 11, 7)
    assert delivery_moment(TUESDAYS, at(24, 11, 9, 30), now, [FOR_GOOD]) is None


@given(RHYTHMS, MOMENTS, st.integers(0, 200), ABSENCES)
def test_a_nudge_never_goes_out_in_quiet_hours_or_on_a_day_off(
    rhythm: Rhythm, planned: datetime, hours: int, absences: list[Absence]
) -> None:
    now = planned + timedelta(hours=hours)
    moment = delivery_moment(rhythm, planned, now, absences)
    if moment is None:
        return
    assert moment >= now
    assert not is_quiet(moment, rhythm.zone)
    assert not is_day_off(local_day(moment, rhythm.zone), absences)


# Time that passes, another rhythm, an absence from so many days on, or the end of all absences.
CHANGES = st.one_of(
    st.builds(timedelta, minutes=st.integers(0, 4_000)),
    RHYTHMS,
    st.integers(-1, 2),
    st.none(),
)


@given(RHYTHMS, MOMENTS, ABSENCES)
def test_the_next_round_is_one_of_their_moments_on_a_day_that_counts(
    rhythm: Rhythm, after: datetime, absences: list[Absence]
) -> None:
    moment = next_round(rhythm, after, absences)
    assert moment is not None and moment > after
    local = moment.astimezone(rhythm.zone)
    assert local.time() == rhythm.at and local.isoweekday() in rhythm.weekdays
    assert not is_day_off(local.date(), absences)


def test_a_later_time_on_the_day_of_the_last_round_is_for_the_next_day() -> None:
    afternoons = Rhythm(WORKWEEK, time(15), AMSTERDAM)
    monday = date(2026, 11, 23)
    assert next_round(afternoons, at(23, 11, 10), [], monday) == at(24, 11, 15)
    assert next_round(afternoons, at(23, 11, 10), [], date(2026, 11, 20)) == at(23, 11, 15)
    assert next_round(WORKDAYS, at(23, 11, 9, 10), [], monday) == at(24, 11, 9, 30)


def test_the_day_after_the_last_round_counts_from_its_first_minute() -> None:
    midnight = Rhythm(WORKWEEK, time(0), AMSTERDAM)
    tuesday = date(2026, 11, 24)  # it came in another zone, where it was Tuesday already
    assert next_round(midnight, at(23, 11, 20), [], tuesday) == at(25, 11, 0)


@given(st.data(), RHYTHMS, MOMENTS)
def test_a_day_has_one_round_whatever_changes(
    data: st.DataObject, rhythm: Rhythm, now: datetime
) -> None:
    """Time goes on, rounds come, and rhythm, zone and absences change at random moments."""
    absences: list[Absence] = []
    days: list[date] = []
    planned = next_round(rhythm, now, absences)
    for change in data.draw(st.lists(CHANGES, max_size=12)):
        if isinstance(change, timedelta):
            now += change
        elif isinstance(change, Rhythm):
            rhythm = change
        elif change is None:
            absences = []
        else:
            absences = [Absence(local_day(now, rhythm.zone) + timedelta(days=change))]
        while planned is not None and planned <= now:
            days.append(local_day(planned, rhythm.zone))
            planned = next_round(rhythm, planned, absences, days[-1])
        if not isinstance(change, timedelta):
            planned = next_round(rhythm, now, absences, days[-1] if days else None)
    assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("now", "room"),
    [
        (at(24, 11, 9), SPREAD),
        (at(24, 11, 19, 55), SPREAD),
        (at(24, 11, 19, 58), timedelta(minutes=2)),
    ],
)
def test_late_nudges_are_spread_over_five_minutes_before_the_quiet_hours(
    now: datetime, room: timedelta
) -> None:
    moments = sorted(spread(now, member, AMSTERDAM) for member in range(100))
    gaps = [later - earlier for earlier, later in pairwise([*moments, now + room])]
    assert moments[0] == now and spread(now, 0, AMSTERDAM) == now
    assert timedelta() < min(gaps) and max(gaps) < room / 50


def test_the_share_is_the_golden_ratios() -> None:
    now = at(24, 11, 9)
    assert spread(now, 1, AMSTERDAM) == now + SPREAD * 0.6180339887498949
    assert spread(now, 2, AMSTERDAM) == now + SPREAD * 0.2360679774997898

"""The next moment of a rhythm."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, Weekday, at_local, local_day, next_moment
from tests.unit.core.oracle import clock_changes, first_moment_after, utc_offset

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EVERY_DAY = frozenset(Weekday)
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Amsterdam",
        "America/Curacao",
        "America/New_York",
        "America/Nuuk",  # skips the last hour of a day
        "America/St_Johns",  # changed its clocks one minute past midnight
        "America/Sao_Paulo",  # changed its clocks at midnight
        "Africa/Cairo",
        "Africa/Casablanca",  # goes back for Ramadan
        "Antarctica/Troll",  # changes by two hours
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Asia/Pyongyang",  # lost half an hour and found it again
        "America/Caracas",
        "Australia/Lord_Howe",  # changes by half an hour
        "Europe/Dublin",
        "Pacific/Apia",  # had no 30 December 2011
        "Pacific/Chatham",
        "UTC",
    )
]
DAY = 24 * 60
FIRST, LAST = 10_957 * DAY, 24_837 * DAY  # 2000 up to 2038, in minutes from 1970


def question(
    zone: ZoneInfo, days: int, near: int, minute: int, offset: int, elsewhere: ZoneInfo
) -> tuple[Rhythm, datetime]:
    """Returns a rhythm and a start, mostly near a change of the clocks.

    It is made from few numbers, because Hypothesis draws each more slowly than it is used.
    """
    changes = sorted(change for change in clock_changes(zone) if FIRST <= change < LAST)
    if near < 120 and changes:
        change = changes[near % len(changes)]
        minute = change + utc_offset(change, zone) + minute % 360 - 180
        start = change + offset % (3 * DAY) - 2 * DAY
    else:
        start = FIRST + offset
    weekdays = frozenset(day for day in Weekday if days >> (day - 1) & 1)
    rhythm = Rhythm(weekdays, time(*divmod(minute % DAY, 60)), zone)
    return rhythm, datetime.fromtimestamp(start * 60 + offset % 60, elsewhere)


def questions(zones: list[ZoneInfo]) -> st.SearchStrategy[tuple[Rhythm, datetime]]:
    """Returns a strategy for questions about these zones; the start is in any zone."""
    return st.builds(
        question,
        st.sampled_from(zones),
        st.integers(1, 127),
        st.integers(0, 150),
        st.integers(0, DAY - 1),
        st.integers(0, LAST - FIRST - 1),
        st.sampled_from(ZONES),
    )


# 10,000 rhythms in all, in four parts so that both cores can share them.
@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_no_difference_with_the_oracle(part: int) -> None:
    @settings(max_examples=2_500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(questions(ZONES[part::4]))
    def compare(asked: tuple[Rhythm, datetime]) -> None:
        rhythm, after = asked
        weekdays = frozenset(map(int, rhythm.weekdays))
        expected = first_moment_after(weekdays, rhythm.at, rhythm.zone, after)
        assert next_moment(rhythm, after) == expected

    compare()


def amsterdam(day: int, month: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """Returns the moment at which clocks in Amsterdam show this."""
    return datetime(year, month, day, hour, minute, tzinfo=AMSTERDAM)


def test_strictly_after() -> None:
    rhythm = Rhythm(EVERY_DAY, time(9, 30), AMSTERDAM)
    at = amsterdam(24, 11, 9, 30)
    assert next_moment(rhythm, at - timedelta(microseconds=1)) == at
    assert next_moment(rhythm, at) == amsterdam(25, 11, 9, 30)


def test_the_local_time_stays_when_the_clocks_change() -> None:
    rhythm = Rhythm(EVERY_DAY, time(9, 30), AMSTERDAM)
    assert next_moment(rhythm, amsterdam(28, 3, 12)) == datetime(2026, 3, 29, 7, 30, tzinfo=UTC)
    assert next_moment(rhythm, amsterdam(24, 10, 12)) == datetime(2026, 10, 25, 8, 30, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_moves_to_the_end_of_the_gap() -> None:
    rhythm = Rhythm(EVERY_DAY, time(2, 30), AMSTERDAM)
    assert next_moment(rhythm, amsterdam(28, 3, 12)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("minute", [0, 1, 30, 59])
def test_the_end_of_a_gap_is_in_utc_too(minute: int) -> None:
    moment = at_local(date(2026, 3, 29), time(2, minute), AMSTERDAM)
    assert (moment, moment.tzinfo) == (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), UTC)


def test_a_time_that_the_clocks_repeat_means_the_first() -> None:
    rhythm = Rhythm(EVERY_DAY, time(2, 30), AMSTERDAM)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_moment(rhythm, amsterdam(24, 10, 12)) == first
    assert next_moment(rhythm, first) == amsterdam(26, 10, 2, 30)


def test_a_weekly_rhythm_comes_back_after_a_week() -> None:
    rhythm = Rhythm(frozenset({Weekday.TUESDAY}), time(9, 30), AMSTERDAM)
    for start in (amsterdam(24, 11, 9, 30), amsterdam(24, 11, 12), amsterdam(24, 11, 23, 59)):
        assert next_moment(rhythm, start) == amsterdam(1, 12, 9, 30)


def test_a_leap_day() -> None:
    rhythm = Rhythm(frozenset({Weekday.TUESDAY}), time(9, 30), AMSTERDAM)
    assert next_moment(rhythm, amsterdam(23, 2, 12, year=2028)) == amsterdam(
        29, 2, 9, 30, year=2028
    )


def test_a_day_that_was_skipped_altogether() -> None:
    apia = ZoneInfo("Pacific/Apia")
    rhythm = Rhythm(frozenset({Weekday.FRIDAY}), time(9, 30), apia)
    after = datetime(2011, 12, 29, 12, tzinfo=apia)
    assert next_moment(rhythm, after) == datetime(2011, 12, 31, 0, 0, tzinfo=apia)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a moment needs a time zone$"):
        next_moment(Rhythm(WORKWEEK, time(9), AMSTERDAM), datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match=r"^a moment needs a time zone$"):
        local_day(datetime(2026, 1, 1), AMSTERDAM)  # noqa: DTZ001


def test_clocks_that_change_one_minute_past_midnight() -> None:
    newfoundland = ZoneInfo("America/St_Johns")
    rhythm = Rhythm(EVERY_DAY, time(0, 30), newfoundland)
    after = datetime(2005, 4, 3, 2, tzinfo=UTC)
    assert next_moment(rhythm, after) == datetime(2005, 4, 3, 3, 31, tzinfo=UTC)


def test_an_answer_is_in_utc_whatever_zone_the_question_has() -> None:
    moment = next_moment(Rhythm(WORKWEEK, time(9), AMSTERDAM), amsterdam(24, 11, 12))
    assert (moment, moment.tzinfo) == (datetime(2026, 11, 25, 8, tzinfo=UTC), UTC)


@pytest.mark.parametrize("at", [time(9, 30, 1), time(9, 30, 0, 1), time(9, 30, tzinfo=UTC)])
def test_a_time_is_local_and_in_whole_minutes(at: time) -> None:
    with pytest.raises(ValueError, match=r"^a rhythm's time is a local time in whole minutes$"):
        Rhythm(WORKWEEK, at, AMSTERDAM)


def test_no_weekdays_is_no_rhythm() -> None:
    with pytest.raises(ValueError, match=r"^a rhythm needs at least one weekday$"):
        Rhythm(frozenset(), time(9, 30), AMSTERDAM)


def test_rounds_a_week() -> None:
    assert Rhythm(WORKWEEK, time(9, 30), AMSTERDAM).per_week == 5

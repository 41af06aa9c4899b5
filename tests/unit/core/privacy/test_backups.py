"""Which backups are kept."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.privacy.backups import (
    DAILY,
    KEEP_KEYS,
    MONTHLY,
    WEEKLY,
    kept_data,
    kept_keys,
    night_before,
)

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LONGEST = timedelta(days=30)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


def test_the_last_of_each_day_week_and_month_is_kept_and_fewer_the_older_they_are() -> None:
    days = [date(2025, 9, 1) + timedelta(days=n) for n in range(451)]
    nights = {datetime.combine(day, time(hour), UTC) for day in days for hour in (1, 3)}
    last_days = [date(2026, 11, day) for day in range(19, 26)]
    sundays = [date(2026, 11, day) for day in (8, 15, 22)]
    ends_of_months = [
        date(2025, 12, 31),
        *(date(2026, month + 1, 1) - timedelta(days=1) for month in range(1, 11)),
    ]
    kept = {*last_days, *sundays, *ends_of_months}
    assert kept_data(nights) == {datetime.combine(day, time(3), UTC) for day in kept}


def test_keys_of_a_week_are_kept_and_of_older_ones_only_the_newest() -> None:
    ago = {NOW - KEEP_KEYS * n for n in (1, 2, 3)}
    young = NOW - KEEP_KEYS + timedelta(seconds=1)
    assert kept_keys({young, NOW, *ago}, NOW, LONGEST) == {young, NOW}
    assert kept_keys(ago, NOW, LONGEST) == {NOW - KEEP_KEYS}
    assert kept_keys({NOW - LONGEST}, NOW, LONGEST) == set()
    assert kept_keys((), NOW, LONGEST) == set()


@pytest.mark.parametrize(("month", "hour"), [(1, 2), (7, 1)])
def test_a_backup_is_due_at_a_quarter_past_three_on_the_clocks_of_the_bot(
    month: int, hour: int
) -> None:
    due = datetime(2026, month, 15, hour, 15, tzinfo=UTC)
    assert night_before(due, AMSTERDAM) == due
    assert night_before(due - timedelta(seconds=1), AMSTERDAM) == due - timedelta(days=1)
    assert night_before(due + timedelta(hours=23), AMSTERDAM) == due


@given(st.sets(MOMENTS, max_size=60))
def test_the_newest_stays_and_nothing_is_lost_by_looking_twice(moments: set[datetime]) -> None:
    kept = kept_data(moments)
    assert kept <= moments
    assert len(kept) <= DAILY + WEEKLY + MONTHLY
    assert not moments or max(moments) in kept
    assert kept_data(kept) == kept


@given(st.sets(MOMENTS, max_size=60), MOMENTS)
def test_keys_go_in_time_whatever_else_happened(moments: set[datetime], now: datetime) -> None:
    kept = kept_keys(moments, now, LONGEST)
    assert all(now - at < LONGEST for at in kept)
    assert sum(now - at >= KEEP_KEYS for at in kept) <= 1
    assert not moments or now - max(moments) >= LONGEST or max(moments) in kept


@given(MOMENTS)
def test_the_last_night_is_at_most_a_day_and_an_hour_ago(now: datetime) -> None:
    ago = now - night_before(now, AMSTERDAM)
    assert timedelta(0) <= ago <= timedelta(hours=25)

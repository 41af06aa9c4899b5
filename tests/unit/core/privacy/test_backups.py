"""Which backups are kept."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

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
    ago = now - night_before(now, ZoneInfo("Europe/Amsterdam"))
    assert timedelta(0) <= ago <= timedelta(hours=25)

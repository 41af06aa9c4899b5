"""Rhythms, moments and absences as Hypothesis draws them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.rhythm.workdays import Absence

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
ABSENCES = st.lists(
    st.builds(lambda day, days: Absence(day, day + timedelta(days=days)), DAYS, st.integers(0, 40)),
    max_size=3,
)
RHYTHMS = st.builds(
    Rhythm,
    st.frozensets(st.sampled_from(Weekday), min_size=1),
    st.builds(time, st.integers(7, 19), st.integers(0, 59)),
    st.sampled_from([AMSTERDAM, ZoneInfo("America/Curacao"), ZoneInfo("Asia/Kathmandu")]),
)
MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis wants it so
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)

"""When the question comes of how it went, and when it does not come any more."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.core.rhythm.check_in import check_in_moment, may_check_in
from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.rhythm.workdays import Absence

TOKYO = ZoneInfo("Asia/Tokyo")
RHYTHM = Rhythm(frozenset({Weekday.MONDAY}), time(9, 30), ZoneInfo("Europe/Amsterdam"))


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment in Amsterdam, in a week in November."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "asked"),
    [(at(9, 30), at(15, 30)), (at(12, 30), at(15, 30)), (at(12, 31), None), (at(16), None)],
)
def test_it_is_asked_in_the_afternoon_when_the_nudge_is_out_of_sight(
    sent: datetime, asked: datetime | None
) -> None:
    assert check_in_moment(RHYTHM, sent) == asked


@pytest.mark.parametrize(
    ("now", "absences", "may"),
    [
        (at(15, 30), [], True),
        (at(15, 30, day=24), [], False),
        (at(23), [], False),
        (at(15, 30), [Absence(date(2026, 11, 23), date(2026, 11, 23))], False),
    ],
    ids=["on time", "a day late", "at night", "a day off"],
)
def test_it_is_asked_on_that_day_or_not_at_all(
    now: datetime, absences: list[Absence], may: bool
) -> None:
    assert may_check_in(RHYTHM, at(15, 30), now, absences) is may


def test_the_day_is_the_one_where_the_member_is() -> None:
    """Half past three in Tokyo is on the day before where clocks are far behind."""
    rhythm = Rhythm(frozenset({Weekday.MONDAY}), time(9, 30), TOKYO)
    planned = datetime(2026, 11, 23, 15, 30, tzinfo=TOKYO)
    assert may_check_in(rhythm, planned, planned, [Absence(date(2026, 11, 24))])
    assert not may_check_in(rhythm, planned, planned, [Absence(planned.date(), planned.date())])

"""Column types: moments that are always UTC, weekdays, and the values of the rules."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from bot.core.rhythm import Weekday


class Moment(TypeDecorator[datetime]):
    """An aware moment. SQLite keeps no zone, so it is UTC at rest and UTC when it comes back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; a naive moment is an error of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as SQLAlchemy declares it
        """Aware, in UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


class Weekdays(TypeDecorator[frozenset[Weekday]]):
    """Weekdays as their ISO numbers in a row: `24` is Tuesday and Thursday."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Weekday] | None, dialect: Dialect) -> str | None:
        """The numbers, Monday first."""
        return None if value is None else "".join(str(int(day)) for day in sorted(value))

    def process_result_value(
        self,
        value: Any | None,  # noqa: ANN401 - as SQLAlchemy declares it
        dialect: Dialect,
    ) -> frozenset[Weekday] | None:
        """The weekdays."""
        return None if value is None else _weekdays(value)


@cache
def _weekdays(numbers: str) -> frozenset[Weekday]:
    return frozenset(Weekday(int(number)) for number in numbers)

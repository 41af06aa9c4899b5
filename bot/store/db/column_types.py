"""Column types: moments that are always in UTC, and sets of weekdays and of tags."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from bot.core.fit import Tag
from bot.core.rhythm import Weekday


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC and returned in UTC; SQLite stores it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Returns the moment in UTC; on SQLite without a zone.

        Raises:
            ValueError: `value` is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as SQLAlchemy declares it
        """Returns the moment aware, in UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


class Weekdays(TypeDecorator[frozenset[Weekday]]):
    """A set of weekdays, stored as a string of ISO numbers: `24` is Tuesday and Thursday."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Weekday] | None, dialect: Dialect) -> str | None:
        """Returns the ISO numbers, Monday first."""
        return None if value is None else "".join(str(int(day)) for day in sorted(value))

    def process_result_value(
        self,
        value: Any | None,  # noqa: ANN401 - as SQLAlchemy declares it
        dialect: Dialect,
    ) -> frozenset[Weekday] | None:
        """Returns the set of weekdays."""
        return None if value is None else _weekdays(value)


@cache
def _weekdays(numbers: str) -> frozenset[Weekday]:
    return frozenset(Weekday(int(number)) for number in numbers)


class Tags(TypeDecorator[frozenset[Tag]]):
    """A set of tags of somebody's work, stored as words with spaces: `desk home`."""

    impl = String(60)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Tag] | None, dialect: Dialect) -> str | None:
        """Returns the tags in the order of `Tag`."""
        return None if value is None else " ".join(tag for tag in Tag if tag in value)

    def process_result_value(
        self,
        value: Any | None,  # noqa: ANN401 - as SQLAlchemy declares it
        dialect: Dialect,
    ) -> frozenset[Tag] | None:
        """Returns the set of tags."""
        return None if value is None else _tags(value)


@cache
def _tags(words: str) -> frozenset[Tag]:
    return frozenset(Tag(word) for word in words.split())

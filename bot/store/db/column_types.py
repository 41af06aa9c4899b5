"""Column types: moments in UTC, sets of weekdays and of tags, and texts that are sealed at rest."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, String
from sqlalchemy.types import TypeDecorator

from bot.core.challenges.fit import Tag
from bot.core.rhythm.rhythm import Weekday
from bot.store.keys.column_cipher import ColumnCipher

# The label of all columns with a platform's id of a chat: they are compared with each other.
ADDRESS = "address"
# Attributes of an engine's dialect.
_CIPHER, _AUDIT_KEY = "olievlek_cipher", "olievlek_audit_key"
_FOLLOWER = "olievlek_audit_follower"


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


class SealedText(TypeDecorator[Any]):
    """A text that is encrypted in the database, and can be looked up: equal texts are equal there.

    The key is that of the engine whose connection is used (see `seal_with`). SQL that orders by
    such a column, or looks inside it, gets nothing useful.

    Args:
        label: which columns the sealed text fits in: `ADDRESS`, or the table and the column.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> bytes | None:  # noqa: ANN401 - as SQLAlchemy declares it
        """Returns the value sealed."""
        return None if value is None else cipher_of(dialect).seal(self.label, self._text_of(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:  # noqa: ANN401 - as SQLAlchemy declares it
        """Returns the value opened."""
        return None if value is None else self._value_of(cipher_of(dialect).open(self.label, value))

    def _text_of(self, value: Any) -> str:  # noqa: ANN401 - of a subclass: whatever it seals
        text: str = value
        return text

    def _value_of(self, text: str) -> Any:  # noqa: ANN401 - as above
        return text


class SealedJSON(SealedText):
    """A value of JSON that is encrypted in the database."""

    cache_ok = True

    def _text_of(self, value: Any) -> str:  # noqa: ANN401 - any value of JSON
        return json.dumps(value)

    def _value_of(self, text: str) -> Any:  # noqa: ANN401 - as above
        return json.loads(text)


def seal_with(dialect: Dialect, cipher: ColumnCipher, audit_key: bytes) -> None:
    """Has the sealed columns of the engine with this dialect sealed and opened by `cipher`.

    The entries of its audit trail are chained with `audit_key`.
    """
    setattr(dialect, _CIPHER, cipher)
    setattr(dialect, _AUDIT_KEY, audit_key)


def follow_trail_with(dialect: Dialect, follower: Callable[..., Awaitable[None]] | None) -> None:
    """Has `follower` called after the commit of an entry of the audit trail; None: nobody."""
    setattr(dialect, _FOLLOWER, follower)


def follower_of(dialect: Dialect) -> Callable[..., Awaitable[None]] | None:
    """Returns what is called after the commit of an entry of the audit trail."""
    follower: Callable[..., Awaitable[None]] | None = getattr(dialect, _FOLLOWER, None)
    return follower


def cipher_of(dialect: Dialect) -> ColumnCipher:
    """Returns what seals and opens the columns of the engine with this dialect.

    Raises:
        LookupError: the keys of its database were not opened.
    """
    cipher: ColumnCipher | None = getattr(dialect, _CIPHER, None)
    if cipher is None:
        raise LookupError("the keys of this database were not opened")
    return cipher


def audit_key_of(dialect: Dialect) -> bytes:
    """Returns the key that chains the audit trail of the engine with this dialect.

    Raises:
        LookupError: the keys of its database were not opened.
    """
    key: bytes | None = getattr(dialect, _AUDIT_KEY, None)
    if key is None:
        raise LookupError("the keys of this database were not opened")
    return key

"""The declarative base, its naming convention, and column types that several tables share."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Enum,
    MetaData,
)
from sqlalchemy.orm import DeclarativeBase

from bot.core.rhythm import Weekday
from bot.store.db.column_types import Moment, Weekdays

NAME_LENGTH = 60
LANGUAGE_TAG_LENGTH = 16  # characters of a BCP 47 tag, such as `nl` or `zh-Hant-TW`


class Base(DeclarativeBase):
    """The base of all tables: its metadata, and the column type of each Python type."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, frozenset[Weekday]: Weekdays}  # noqa: RUF012 - SQLAlchemy reads it so


def enum_column(values: type[StrEnum]) -> Enum:
    """Returns the type of a column that holds one of `values`, stored as text."""
    return Enum(
        values,
        native_enum=False,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )

"""The declarative base, its naming convention, and column types that several tables share."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Enum, Index, MetaData, TextClause, event
from sqlalchemy.orm import DeclarativeBase

from bot.core.fit import Tag
from bot.core.rhythm import Weekday
from bot.store.db.column_types import Moment, Tags, Weekdays

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
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it so
        datetime: Moment,
        frozenset[Weekday]: Weekdays,
        frozenset[Tag]: Tags,
    }


def partial_index(name: str, *columns: str, where: TextClause) -> Index:
    """Returns an index of the rows for which `where` holds, on both databases."""
    return Index(name, *columns, sqlite_where=where, info={"where": where})


@event.listens_for(Base.metadata, "before_create")
def complete_partial_indexes(
    metadata: MetaData,
    connection: Connection,
    **_: Any,  # noqa: ANN401 - whatever SQLAlchemy tells a listener
) -> None:
    """Tells PostgreSQL's partial indexes their condition, before they are made.

    Not where an index is declared: naming an option of PostgreSQL there loads all of its dialect,
    2 MB that a bot on SQLite would carry.
    """
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_kwargs["postgresql_where"] = index.info["where"]


def enum_column(values: type[StrEnum]) -> Enum:
    """Returns the type of a column that holds one of `values`, stored as text."""
    return Enum(
        values,
        native_enum=False,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )

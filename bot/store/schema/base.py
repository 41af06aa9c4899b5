"""The declarative base, its naming convention, and column types that several tables share."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, Connection, Enum, FromClause, Index, MetaData, TextClause, event
from sqlalchemy.orm import DeclarativeBase

from bot.core.challenges.fit import Tag
from bot.core.rhythm.rhythm import Weekday
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


REFUSE_ON_SQLITE = """
CREATE TRIGGER %(table)s_no_{verb} BEFORE {verb} ON %(table)s
BEGIN SELECT RAISE(ABORT, '%(table)s is append-only'); END
"""
REFUSAL_ON_POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$
"""
REFUSE_ON_POSTGRESQL = """
CREATE TRIGGER %(table)s_no_{verb} BEFORE {verb} ON %(table)s
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def make_append_only(table: FromClause) -> None:
    """Has the database itself refuse to change or delete a row of this table."""
    statements = [("postgresql", REFUSAL_ON_POSTGRESQL)]
    for verb in ("update", "delete"):
        statements.append(("sqlite", REFUSE_ON_SQLITE.format(verb=verb)))
        statements.append(("postgresql", REFUSE_ON_POSTGRESQL.format(verb=verb)))
    for dialect, statement in statements:
        ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def enum_column(values: type[StrEnum]) -> Enum:
    """Returns the type of a column that holds one of `values`, stored as text."""
    return Enum(
        values,
        native_enum=False,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )

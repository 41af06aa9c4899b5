"""Many values that go to the database as few parameters: ids that are looked for, and new rows.

With a parameter for each value, 200 ids are another statement for each count of them, and 200 rows
have thousands of parameters. SQLAlchemy takes milliseconds to write such a statement, and
PostgreSQL takes longer to plan it than to carry it out.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    Dialect,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.store.db.engine import upsert

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Parameters = Mapping[str, object] | Sequence[Mapping[str, object]]

NOTHING: Mapping[str, object] = {}


class Ids(TypeDecorator[Collection[int]]):
    """Numbers as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Returns the type that the parameter has there."""
        kind = ARRAY(Integer, dimensions=1) if dialect.name == "postgresql" else String()
        return dialect.type_descriptor(kind)

    def process_bind_param(
        self, value: Collection[int] | None, dialect: Dialect
    ) -> list[int] | str | None:
        """Returns the numbers as they go to the database."""
        ids = list(value or ())
        return ids if dialect.name == "postgresql" else json.dumps(ids)


class _OneOf(FunctionElement[bool]):
    """A column, and a parameter with numbers."""

    type = Boolean()
    inherit_cache = True
    name = "one_of"

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Returns itself. As a value it would be compared with 1, which SQLite has no index for."""
        return self


@compiles(_OneOf, "postgresql")
def _with_array(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - as SQLAlchemy calls it
    column, ids = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(_OneOf, "sqlite")
def _with_json(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - as SQLAlchemy calls it
    column, ids = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - rendered parts


def is_one_of(
    column: InstrumentedAttribute[int], ids: Collection[int] | BindParameter[Collection[int]]
) -> ColumnElement[bool]:
    """Returns the condition that a column holds one of `ids`; with none it holds for no row.

    Args:
        column: the column.
        ids: the numbers, or a parameter of type `Ids` that they come in.
    """
    if not isinstance(ids, BindParameter):
        ids = bindparam(None, list(ids), type_=Ids())
    return _OneOf(column, ids)


def insert_of(
    dialect: str,
    table: type[Any],
    rows: Sequence[Mapping[str, object]],
    shared: Mapping[str, object] = NOTHING,
) -> "tuple[postgresql.Insert | sqlite.Insert, Parameters]":
    """Returns an INSERT of many rows, and the parameters to carry it out with.

    On PostgreSQL it has one array for each column.

    Args:
        dialect: which database it is for.
        table: the class of the rows.
        rows: the values of each, at least one; all of them have the same columns.
        shared: the values of other columns, which are the same in all rows.
    """
    if dialect != "postgresql":
        return upsert(dialect, table), [{**row, **shared} for row in rows]
    statement = _insert_of_arrays(table.__table__, tuple(rows[0]), tuple(shared))
    return statement, {**{name: [row[name] for row in rows] for name in rows[0]}, **shared}


@cache
def _insert_of_arrays(
    table: Table, names: tuple[str, ...], shared: tuple[str, ...]
) -> "postgresql.Insert | sqlite.Insert":
    kinds = {name: table.c[name].type for name in (*names, *shared)}
    arrays = [bindparam(name, type_=ARRAY(_element(kinds[name]), dimensions=1)) for name in names]
    columns = [column(name, kinds[name]) for name in names]
    given = func.unnest(*arrays).table_valued(*columns).render_derived(name="given")
    values = select(*given.c, *(bindparam(name, type_=kinds[name]) for name in shared))
    return upsert("postgresql", table).from_select([*names, *shared], values)


def _element(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Returns the type of a column in an array: one with a length would cut off what is longer."""
    return Text() if type(kind) is String else kind

"""The data inventory: every column says why it is kept, on which ground, and for how long."""

from collections import Counter
from enum import StrEnum

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table

from bot.core.privacy.retention import Periods
from bot.store.db.column_types import SealedText
from bot.store.schema import Base
from bot.store.schema.inventory import (
    Ground,
    Kept,
    Purpose,
    Readable,
    Retention,
    inventory,
    kept,
    not_personal,
    rows,
)
from tools.docs.inventory_words import in_words


def differences(metadata: MetaData) -> tuple[list[str], list[str]]:
    """Returns the columns without an entry, and the entries without exactly one column."""
    columns = {
        f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.c
    }
    entries = Counter(f"{row.table}.{row.column}" for row in rows(metadata))
    missing = sorted(columns - set(entries))
    return missing, sorted(
        name for name, times in entries.items() if times > 1 or name not in columns
    )


def made_up(*parts: Kept) -> MetaData:
    """Returns the metadata of a table of which the inventory says `parts`."""
    metadata = MetaData()
    Table("shoes", metadata, Column("id", Integer), Column("size", Integer), **inventory(*parts))
    return metadata


def test_every_column_says_why_it_is_kept_and_for_how_long() -> None:
    missing, superfluous = differences(Base.metadata)
    assert not missing, f"add these to the `inventory` of their table: {missing}"
    assert not superfluous, f"no column, or named twice, in the `inventory`: {superfluous}"


def test_a_column_without_an_entry_is_named() -> None:
    metadata = made_up(not_personal("id", Purpose.CONTENT))
    assert differences(metadata) == (["shoes.size"], [])


def test_an_entry_without_a_column_or_for_the_second_time_is_named() -> None:
    metadata = made_up(
        not_personal("id size colour", Purpose.CONTENT), not_personal("id", Purpose.CONTENT)
    )
    assert differences(metadata) == ([], ["shoes.colour", "shoes.id"])


def test_what_is_called_sealed_is_so_and_nothing_else_is() -> None:
    sealed = {(row.table, row.column) for row in rows(Base.metadata) if row.is_sealed}
    holding_bytes = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.c
        if isinstance(column.type, LargeBinary | SealedText)
    }
    impersonal = {(row.table, row.column) for row in rows(Base.metadata) if not row.personal}
    assert sealed == holding_bytes - impersonal
    assert ("reflections", "sealed") in sealed


def test_a_row_of_the_inventory_has_all_that_the_papers_need() -> None:
    metadata = made_up(
        kept(Purpose.CHOICE, Ground.CONSENT, Retention.MEMBERSHIP, id="id", sealed="size")
    )
    number, size = rows(metadata)
    assert (number.table, number.column, number.readable_because) == ("shoes", "id", Readable.ID)
    assert (size.purpose, size.ground, size.retention) == (
        Purpose.CHOICE,
        Ground.CONSENT,
        Retention.MEMBERSHIP,
    )
    assert size.personal
    assert (number.is_sealed, size.is_sealed) == (False, True)


def test_what_says_nothing_about_a_person_is_neither_personal_nor_sealed() -> None:
    (row,) = (
        row for row in rows(Base.metadata) if (row.table, row.column) == ("challenges", "texts")
    )
    assert (row.ground, row.personal, row.is_sealed) == (Ground.NOT_PERSONAL, False, False)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("keys", [Purpose, Ground, Retention, Readable])
def test_all_that_the_inventory_may_say_has_words(keys: type[StrEnum], language: str) -> None:
    assert all(in_words(key, language) for key in keys)


def test_the_words_have_the_periods_that_are_set() -> None:
    assert "12 maanden" in in_words(Retention.REFLECTIONS, "nl")
    assert "18 months" in in_words(Retention.REFLECTIONS, "en", Periods(reflections_months=18))

"""The schema, its migrations, and what SQLite is told."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, event, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from bot.settings import ConfigError
from bot.startup import open_database, prepare
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.members.vault import Vault, new_secret_key
from bot.store.schema import Base
from bot.store.schema.members import AbsenceRow, MemberRow
from tests.support.story import MONDAY, FakeMember


async def test_the_migrations_lead_to_the_tables_in_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    before = await migrate.upgrade(database)
    assert before.current is None and not before.up_to_date
    assert (await migrate.upgrade(database)).up_to_date
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def history(member: FakeMember) -> None:
    """Some of all that a table can hold, and somebody who was erased."""
    await member.round("Gedaan", "Er kwam meer achter vandaan")
    await member.round(None)
    await member.says("/pauze 24 dec - 3 jan")
    await member.says("/nu")
    await member.presses("Later")
    joep = FakeMember(member.application, member.fake_channel, member.clock, "joep")
    await joep.joins()
    await joep.says("/vergeetmij")
    await joep.presses("Ja, wis alles")


def all_rows(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database, the revision and the tables too, whatever they are."""
    found = MetaData()
    found.reflect(connection)
    return {
        table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
        for table in found.sorted_tables
    }


async def test_down_and_up_again_with_data_in_it(member: FakeMember, database: Database) -> None:
    def down_and_up(connection: Connection) -> None:
        command.downgrade(migrate.config_for(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(migrate.config_for(connection), "head")

    await history(member)
    async with database.engine.begin() as connection:
        await connection.run_sync(down_and_up)


async def test_one_step_down_and_up_again_keeps_all_else(
    member: FakeMember, database: Database
) -> None:
    def step(connection: Connection) -> tuple[dict[str, list[tuple[object, ...]]], ...]:
        before = all_rows(connection)
        command.downgrade(migrate.config_for(connection), "0001")
        assert "erasures" not in inspect(connection).get_table_names()
        command.upgrade(migrate.config_for(connection), "head")
        return before, all_rows(connection)

    await history(member)
    async with database.engine.begin() as connection:
        before, after = await connection.run_sync(step)
    assert len(before.pop("erasures")) == 1 and after.pop("erasures") == []
    # What can be made of the nudges again is, at the next choice.
    assert len(before.pop("pasts")) == 1 and after.pop("pasts") == []
    assert before == after and len(before["nudges"]) == 3
    assert await member.streak() == "Je reeks: 1 ronde."


class PowerCut(Exception):
    """The migration is interrupted."""


def cut_the_power(database: Database, at: int) -> Callable[..., None]:
    """From now on the `at`-th statement that changes the schema is the last one."""
    seen = count(1)

    def on_statement(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP")) and next(seen) == at:
            raise PowerCut

    event.listen(database.engine.sync_engine, "after_cursor_execute", on_statement)
    return on_statement


@pytest.mark.parametrize("at", [1, 2, 9])
async def test_a_first_migration_that_is_interrupted_leaves_nothing(
    database: Database, at: int
) -> None:
    interruption = cut_the_power(database, at)
    with pytest.raises(PowerCut):
        await migrate.upgrade(database)
    event.remove(database.engine.sync_engine, "after_cursor_execute", interruption)
    assert (await migrate.schema_state(database)).current is None
    async with database.engine.connect() as connection:
        assert await connection.run_sync(all_rows) == {}
    await migrate.upgrade(database)
    assert (await migrate.schema_state(database)).up_to_date


async def test_an_upgrade_that_is_interrupted_leaves_it_as_it_was(
    member: FakeMember, database: Database
) -> None:
    await history(member)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.config_for(sync), "0001"))
        before = await connection.run_sync(all_rows)
    interruption = cut_the_power(database, 1)
    with pytest.raises(PowerCut):
        await migrate.upgrade(database)
    event.remove(database.engine.sync_engine, "after_cursor_execute", interruption)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(all_rows) == before
    assert (await migrate.upgrade(database)).current == "0001"
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_a_database_of_a_newer_version_is_refused(database: Database, vault: Vault) -> None:
    await migrate.upgrade(database)
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer version"):
        await prepare(database, vault, MONDAY)


async def test_another_key_is_one_clear_line(member: FakeMember, database: Database) -> None:
    await member.round("Gedaan", "iets")
    with pytest.raises(ConfigError, match="OLIEVLEK_SECRET_KEY is not the key"):
        await prepare(database, Vault(new_secret_key()), MONDAY)


@pytest.mark.sqlite
async def test_sqlite_is_told_what_it_needs(database: Database) -> None:
    expected = {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1}
    async with database.reading() as session:
        for name, value in expected.items():
            assert await session.scalar(text(f"PRAGMA {name}")) == value


@pytest.mark.sqlite
async def test_the_next_moment_is_found_through_its_index(database: Database) -> None:
    await migrate.upgrade(database)
    query = "SELECT id FROM members WHERE next_nudge_at <= '2026' AND gone_at IS NULL LIMIT 9"
    async with database.reading() as session:
        plan = (await session.execute(text(f"EXPLAIN QUERY PLAN {query}"))).all()
    assert "ix_members_next_nudge_at" in str(plan)


async def test_foreign_keys_hold(database: Database) -> None:
    await migrate.upgrade(database)
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(AbsenceRow(member_id=99, first_day=MONDAY.date()))


async def test_reading_does_not_wait_for_a_writer(member: FakeMember, database: Database) -> None:
    async with database.transaction() as writing:
        await writing.execute(text("UPDATE members SET language = 'en'"))
        async with database.reading() as session:
            assert await session.scalar(text("SELECT language FROM members")) == "nl"


async def test_moments_are_utc_and_never_naive(member: FakeMember, database: Database) -> None:
    row = await member.member()
    assert row.next_nudge_at == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    with pytest.raises(StatementError, match="time zone"):
        async with database.transaction() as session:
            found = await session.get(MemberRow, row.id)
            assert found is not None
            found.next_nudge_at = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test


async def test_a_number_is_never_given_out_twice(member: FakeMember) -> None:
    first = (await member.member()).id
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    await member.joins()
    assert (await member.member()).id > first


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:////nowhere/at/all.db"])
async def test_a_database_that_cannot_be_opened_is_one_clear_line(url: str) -> None:
    with pytest.raises(ConfigError, match="OLIEVLEK_DATABASE_URL: the database cannot be opened"):
        async with open_database(url):
            pass


@pytest.mark.sqlite
async def test_only_its_owner_can_read_the_file(member: FakeMember, tmp_path: Path) -> None:
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"test.db": 0o600, "test.db-wal": 0o600, "test.db-shm": 0o600}


async def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("geen database " * 100)
    with pytest.raises(ConfigError, match="not a database"):
        async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"):
            pass

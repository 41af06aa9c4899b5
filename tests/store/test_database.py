"""The schema, its migrations, and the settings of SQLite."""

import ast
import runpy
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    Dialect,
    MetaData,
    create_mock_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.config.settings import ConfigError
from bot.resources import resource_folder
from bot.startup import open_database, prepare
from bot.store.db import migrate
from bot.store.db.alembic_scripts import config_for, known_revisions, upgrade_to_newest
from bot.store.db.engine import Database
from bot.store.keys.key_tables import KEY_TABLES
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.members import AbsenceRow, MemberRow
from tests.support.databases import on_sqlite
from tests.support.fakes import MONDAY, FakeMember
from tests.support.migrations import INITIAL, LATER, with_later_migration


def ddl(metadata: MetaData, dialect: Dialect) -> dict[str, str]:
    """The statements that make each table and each index."""
    return {
        table.name: str(CreateTable(table).compile(dialect=dialect))
        for table in metadata.tables.values()
    } | {
        str(index.name): str(CreateIndex(index).compile(dialect=dialect))
        for table in metadata.tables.values()
        for index in table.indexes
    }


@pytest.mark.parametrize("kind", [SQLiteDialect, PGDialect])
def test_the_initial_migration_makes_exactly_the_tables_in_the_code(kind: type[Dialect]) -> None:
    dialect = kind()
    # Indexes get what only PostgreSQL needs when tables are made there.
    to_nowhere = create_mock_engine("postgresql+asyncpg://", lambda *_: None)
    Base.metadata.create_all(to_nowhere, checkfirst=False)
    migration = runpy.run_path(str(resource_folder("migrations") / f"versions/{INITIAL}.py"))
    assert ddl(migration["metadata"], dialect) == ddl(Base.metadata, dialect)


def test_the_initial_migration_imports_nothing_of_the_bot() -> None:
    source = (resource_folder("migrations") / f"versions/{INITIAL}.py").read_text()
    imported = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported == {"sqlalchemy", "alembic"}


async def test_the_migrations_lead_to_the_tables_in_the_code(empty_database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(
            compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
            )
        )

    async with empty_database.engine.begin() as connection:
        await connection.run_sync(upgrade_to_newest, migrate.migrations_of(empty_database))
        assert await connection.run_sync(differences) == []
    assert (await migrate.upgrade(empty_database)).up_to_date


async def test_a_new_database_gets_all_tables_at_once(empty_database: Database) -> None:
    before = await migrate.upgrade(empty_database)
    assert before.current is None and not before.up_to_date
    assert (await migrate.upgrade(empty_database)).up_to_date
    async with empty_database.engine.begin() as connection:
        await connection.run_sync(upgrade_to_newest, migrate.migrations_of(empty_database))
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert set(names) == {*Base.metadata.tables, "alembic_version"}


def test_a_revision_is_called_as_its_file() -> None:
    folder = resource_folder("migrations")
    scripts = ScriptDirectory.from_config(config_for(None, folder))
    assert scripts.get_current_head() == migrate.expected_revision()
    assert {(script.revision, Path(script.path).stem) for script in scripts.walk_revisions()} == {
        (revision, revision) for revision in known_revisions(folder)
    }


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
        command.downgrade(config_for(connection, migrate.migrations_of(database)), "base")
        left = set(inspect(connection).get_table_names())
        assert left - KEY_TABLES.tables.keys() == {"alembic_version"}
        command.upgrade(config_for(connection, migrate.migrations_of(database)), "head")

    await history(member)
    async with database.engine.begin() as connection:
        await connection.run_sync(down_and_up)


async def test_one_step_up_and_down_again_keeps_all_else(
    member: FakeMember, database: Database, tmp_path: Path
) -> None:
    def down(connection: Connection) -> None:
        command.downgrade(config_for(connection, migrate.migrations_of(database)), INITIAL)
        assert "nicknames" not in inspect(connection).get_table_names()

    await history(member)
    database.migrations = with_later_migration(tmp_path)
    async with database.engine.begin() as connection:
        before = await connection.run_sync(all_rows)
    assert (await migrate.upgrade(database)).current == INITIAL
    async with database.engine.begin() as connection:
        between = await connection.run_sync(all_rows)
        await connection.run_sync(down)
        after = await connection.run_sync(all_rows)
    assert between.pop("alembic_version") == [(LATER,)] and between.pop("nicknames") == []
    assert [row[:-1] for row in between.pop("members")] == before["members"]
    assert between == {name: before[name] for name in between}
    assert before == after and len(before["nudges"]) == 3 and len(before["ledger_entries"]) == 1
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
    empty_database: Database, at: int
) -> None:
    interruption = cut_the_power(empty_database, at)
    with pytest.raises(PowerCut):
        await migrate.upgrade(empty_database)
    event.remove(empty_database.engine.sync_engine, "after_cursor_execute", interruption)
    assert (await migrate.schema_state(empty_database)).current is None
    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(all_rows) == {}
    await migrate.upgrade(empty_database)
    assert (await migrate.schema_state(empty_database)).up_to_date


@pytest.mark.parametrize("at", [1, 2])
async def test_an_upgrade_that_is_interrupted_leaves_it_as_it_was(
    member: FakeMember, database: Database, tmp_path: Path, at: int
) -> None:
    await history(member)
    async with database.engine.begin() as connection:
        before = await connection.run_sync(all_rows)
    database.migrations = with_later_migration(tmp_path)
    interruption = cut_the_power(database, at)
    with pytest.raises(PowerCut):
        await migrate.upgrade(database)
    event.remove(database.engine.sync_engine, "after_cursor_execute", interruption)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(all_rows) == before
    assert (await migrate.upgrade(database)).current == INITIAL
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_a_database_of_a_newer_version_is_refused(database: Database, vault: Vault) -> None:
    await migrate.upgrade(database)
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer version"):
        await prepare(database, vault, MONDAY)


@pytest.mark.parametrize("revision", sorted(migrate.DEVELOPMENT_REVISIONS))
async def test_a_database_from_before_the_first_release_is_refused(
    database: Database, vault: Vault, revision: str
) -> None:
    await migrate.upgrade(database)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )
    with pytest.raises(ConfigError, match="from before its first release, which is not supported"):
        await prepare(database, vault, MONDAY)


async def test_another_key_is_one_clear_line(member: FakeMember, database: Database) -> None:
    await member.round("Gedaan", "iets")
    with pytest.raises(ConfigError, match="OLIEVLEK_SECRET_KEY is not the key"):
        await prepare(database, Vault(new_secret_key()), MONDAY)


@on_sqlite
async def test_sqlite_is_told_what_it_needs(database: Database) -> None:
    expected = {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1}
    async with database.reading() as session:
        for name, value in expected.items():
            assert await session.scalar(text(f"PRAGMA {name}")) == value


@on_sqlite
async def test_the_next_moment_is_found_through_its_index(database: Database) -> None:
    await migrate.upgrade(database)
    query = "SELECT id FROM members WHERE next_nudge_at <= '2026' AND left_at IS NULL LIMIT 9"
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


@on_sqlite
async def test_only_its_owner_can_read_the_file(member: FakeMember, tmp_path: Path) -> None:
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("test.db", "test.db-wal", "test.db-shm", "test-keys.db"), 0o600)


async def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("geen database " * 100)
    with pytest.raises(ConfigError, match="not a database"):
        async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"):
            pass

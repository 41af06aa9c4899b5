"""Migrations: the revision a database is at, and upgrading it to the one this program expects.

A revision is called as the file of its migration, so a database that is up to date is recognized
without Alembic, which is loaded for any other.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from bot.languages.sentences import Sentence, Text
from bot.resources import resource_folder
from bot.store.db.engine import Database
from bot.store.db.locks.advisory import advisory_lock

# Revisions that databases had before the schema became one migration; nothing was released then.
DEVELOPMENT_REVISIONS = frozenset({"0001", "0002", "0003", "0004", "0005", "0006"})


# The table in which Alembic records the revision, as it makes it itself.
REVISIONS = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


class UnsupportedDatabase(Exception):
    """A database that this program can neither use nor upgrade.

    Args:
        kind: the last part of the names of the messages about it.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(Sentence(f"unsupported.{kind}", name=Sentence("config.the_database")))
        self._key = f"unsupported.{kind}"

    def about(self, name: str | Text) -> Sentence:
        """Returns what is wrong with the database, which is called `name`, and what to do."""
        return Sentence(self._key, name=name)


class NewerDatabase(UnsupportedDatabase):
    """A database at a revision that this program does not know."""

    def __init__(self) -> None:
        super().__init__("newer")


class DevelopmentDatabase(UnsupportedDatabase):
    """A database from before the first release."""

    def __init__(self) -> None:
        super().__init__("development")


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision a database is at, and the one the program expects.

    Attributes:
        current: None means that there are no tables of ours yet.
        expected: the newest migration.
        known: whether this program has a migration for `current`.
    """

    current: str | None
    expected: str
    known: bool

    @property
    def up_to_date(self) -> bool:
        """Whether nothing needs to be done."""
        return self.current == self.expected

    def require_supported(self) -> None:
        """Checks that the database can be used, or upgraded, by this program.

        Raises:
            DevelopmentDatabase: it is from before the first release.
            NewerDatabase: it is at a revision that this program does not know.
        """
        if self.current in DEVELOPMENT_REVISIONS:
            raise DevelopmentDatabase
        if not self.known:
            raise NewerDatabase


async def upgrade(database: Database) -> SchemaState:
    """Upgrades to the newest revision, in one transaction, and returns the state before.

    On PostgreSQL an advisory lock makes replicas that start at the same time upgrade one by one.

    Raises:
        NewerDatabase: the database is at a revision that this program does not know.
        DevelopmentDatabase: it is from before the first release.
    """
    before = await schema_state(database)
    before.require_supported()
    if before.current is None and database.migrations is None:
        await _create_tables(database)
    elif not before.up_to_date:
        from alembic.util import CommandError

        from bot.store.db.alembic_scripts import upgrade_to_newest  # here: see that module

        async with database.engine.begin() as connection:
            await advisory_lock(connection)
            try:
                await connection.run_sync(upgrade_to_newest, migrations_of(database))
            except CommandError as error:  # a newer replica upgraded it a moment ago
                raise NewerDatabase from error
    return before


async def _create_tables(database: Database) -> None:
    """Makes the tables of a new database, at the newest revision, without running migrations.

    See "Building an Up to Date Database from Scratch" in Alembic's cookbook; tests compare what
    the migrations make with the tables in the code.
    """
    from bot.store.schema import Base  # here: the schema uses column types of this room

    def create(connection: Connection) -> None:
        if _recorded_revision(connection) is not None:
            return  # another replica did, while we waited for the lock
        Base.metadata.create_all(connection, checkfirst=False)
        REVISIONS.create(connection)
        connection.execute(insert(REVISIONS).values(version_num=expected_revision()))

    async with database.engine.begin() as connection:
        await advisory_lock(connection)
        await connection.run_sync(create)


def migrations_of(database: Database) -> Path:
    """Returns Alembic's folder for this database: the program's own, except in tests."""
    return database.migrations or resource_folder("migrations")


def expected_revision(migrations: Path | None = None) -> str:
    """Returns the newest revision in a folder; None means the program's own migrations."""
    versions = (migrations or resource_folder("migrations")) / "versions"
    return max(file.stem for file in versions.glob("[0-9]*.py"))


async def schema_state(database: Database) -> SchemaState:
    """Returns the state of the schema, without changing anything."""
    async with database.engine.connect() as connection:
        # Otherwise SQLite would take the lock of a writer, and wait for a bot that has it.
        await connection.execution_options(sqlite_begin="DEFERRED")
        current = await connection.run_sync(_recorded_revision)
    expected = expected_revision(database.migrations)
    return SchemaState(current, expected, known=_is_known(current, expected, database))


def _recorded_revision(connection: Connection) -> str | None:
    """Returns the revision that Alembic recorded; None: there are no tables of ours."""
    if not inspect(connection).has_table(REVISIONS.name):
        return None
    return connection.scalar(select(REVISIONS.c.version_num))


def _is_known(current: str | None, expected: str, database: Database) -> bool:
    if current in (None, expected):
        return True
    from bot.store.db.alembic_scripts import known_revisions  # here: see that module

    return current in known_revisions(migrations_of(database))

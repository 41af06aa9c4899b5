"""Alembic: the revision a database is at, and upgrading it to the one this program expects."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.resources import resource_folder
from bot.store.db.engine import Database, advisory_lock

# Revisions that databases had before the schema became one migration; nothing was released then.
DEVELOPMENT_REVISIONS = frozenset({"0001", "0002", "0003", "0004", "0005", "0006"})


class UnsupportedDatabase(Exception):
    """A database that this program can neither use nor upgrade; the message says what to do.

    The message does not name the database: the caller puts the name in front.
    """


class NewerDatabase(UnsupportedDatabase):
    """A database at a revision that this program does not know."""

    def __init__(self) -> None:
        super().__init__("was made by a newer version of olievlek; upgrade olievlek")


class DevelopmentDatabase(UnsupportedDatabase):
    """A database from before the first release."""

    def __init__(self) -> None:
        super().__init__(
            "was made by a version of olievlek from before its first release, "
            "which is not supported; begin with an empty database"
        )


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision a database is at, and the one the program expects.

    Attributes:
        current: None means that there are no tables of ours yet.
        expected: the newest migration.
        known: whether this program has a migration for `current`.
    """

    current: str | None
    expected: str | None
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
    if not before.up_to_date:
        async with database.engine.begin() as connection:
            await advisory_lock(connection)
            try:
                await connection.run_sync(
                    lambda sync: command.upgrade(config_for(sync, database.migrations), "head")
                )
            except CommandError as error:  # a newer replica upgraded it a moment ago
                raise NewerDatabase from error
    return before


def expected_revision() -> str | None:
    """Returns the revision that this program works with."""
    return ScriptDirectory.from_config(config_for(None)).get_current_head()


async def schema_state(database: Database) -> SchemaState:
    """Returns the state of the schema, without changing anything."""
    scripts = ScriptDirectory.from_config(config_for(None, database.migrations))
    async with database.engine.connect() as connection:
        # Otherwise SQLite would take the lock of a writer, and wait for a bot that has it.
        await connection.execution_options(sqlite_begin="DEFERRED")
        current = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState(
        current, scripts.get_current_head(), known=current is None or current in known
    )


def config_for(connection: Connection | None, migrations: Path | None = None) -> Config:
    """Returns Alembic's configuration over this connection; there is no configuration file.

    Args:
        connection: None is enough for reading the migrations.
        migrations: Alembic's folder; None means the program's own.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations or resource_folder("migrations")))
    config.attributes["connection"] = connection
    return config

"""Bringing the database to the form this version of the program expects."""

from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.resources import resource_folder
from bot.store.db.engine import Database, advisory_lock


class NewerDatabase(Exception):
    """The database was written by a newer version of the program."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Which revision the database is at, and which one the program expects."""

    current: str | None
    expected: str | None

    @property
    def up_to_date(self) -> bool:
        """Whether nothing needs to be done."""
        return self.current == self.expected


async def upgrade(database: Database) -> SchemaState:
    """Upgrades to the newest revision, in one transaction; returns the state before.

    Raises:
        NewerDatabase: the database knows a revision that this program does not.
    """
    before = await schema_state(database)
    if not before.up_to_date:
        async with database.engine.begin() as connection:
            await advisory_lock(connection)
            try:
                await connection.run_sync(lambda sync: command.upgrade(config_for(sync), "head"))
            except CommandError as error:
                raise NewerDatabase from error
    return before


def expected_revision() -> str | None:
    """The revision that this program works with."""
    return ScriptDirectory.from_config(config_for(None)).get_current_head()


async def schema_state(database: Database) -> SchemaState:
    """The state of the schema, without changing anything."""
    expected = expected_revision()
    async with database.engine.connect() as connection:
        await connection.execution_options(sqlite_begin="DEFERRED")  # it only reads
        current = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )
    return SchemaState(current, expected)


def config_for(connection: Connection | None) -> Config:
    """Alembic's configuration, without a file, over this connection."""
    config = Config()
    config.set_main_option("script_location", str(resource_folder("migrations")))
    config.attributes["connection"] = connection
    return config

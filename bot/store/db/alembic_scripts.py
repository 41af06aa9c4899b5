"""Alembic: its scripts, and running them. Only for a database that is not up to date.

Import it where it is used: Alembic brings the SQL of databases that are not ours, 5 MB of them.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def known_revisions(migrations: Path) -> frozenset[str]:
    """Returns the revisions for which there is a migration in this folder."""
    scripts = ScriptDirectory.from_config(config_for(None, migrations))
    return frozenset(script.revision for script in scripts.walk_revisions())


def upgrade_to_newest(connection: Connection, migrations: Path) -> None:
    """Runs the migrations that the database has not had.

    Raises:
        CommandError: the database is at a revision that is not among them.
    """
    command.upgrade(config_for(connection, migrations), "head")


def config_for(connection: Connection | None, migrations: Path) -> Config:
    """Returns Alembic's configuration over this connection; there is no configuration file.

    Args:
        connection: None is enough for reading the migrations.
        migrations: Alembic's folder.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    return config

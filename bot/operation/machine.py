"""What the machine has to offer before the bot can run: folders, locks, room, a clock, versions."""

import os
import platform
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from bot.languages.sentences import Sentence
from bot.store.db.engine import Database
from bot.store.db.locks.single_instance import lock_of
from bot.store.schema import Base
from bot.store.schema.audit import AuditEntryRow

MEGABYTE = 1024 * 1024
LEAST_ROOM = 200 * MEGABYTE
# Certificates and Telegram's own limits stand less than this.
MOST_CLOCK_ERROR = timedelta(minutes=2)
# The program is younger than this, so a clock that says otherwise is wrong.
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# What the tests run on, and what the statements in `bot.store` need at least.
OLDEST_SQLITE = (3, 35, 0)
OLDEST_POSTGRESQL = 130_000
WRITES = ("INSERT", "SELECT", "UPDATE", "DELETE")
LACKING_RIGHTS = """
SELECT tables.name, rights.name AS right
FROM unnest(CAST(:tables AS text[])) AS tables(name)
CROSS JOIN unnest(CAST(:rights AS text[])) AS rights(name)
WHERE NOT has_table_privilege(to_regclass(tables.name), rights.name)
LIMIT 1
"""


def folder_trouble(folder: Path) -> Sentence | None:
    """Returns why nothing can be kept in a folder; None: it can, or `run` makes the folder."""
    if folder.exists():
        if not folder.is_dir():
            return Sentence("check.no_folder", folder=folder)
        can_write = os.access(folder, os.W_OK | os.X_OK)
        return None if can_write else Sentence("check.folder_closed", folder=folder)
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return None
    return Sentence("check.folder_missing", folder=folder)


def file_trouble(file: Path | None) -> Sentence | None:
    """Returns why a SQLite file cannot be written by this user; None: it can, or is not there."""
    if file is None or not file.exists():
        return None
    for name in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))):
        if name.exists() and not os.access(name, os.R_OK | os.W_OK):
            return Sentence("check.file_closed", file=name)
    return None


def lock_trouble(file: Path) -> Sentence | None:
    """Returns why `run` cannot take the lock of a SQLite file; None: it can, or another has it."""
    lock = lock_of(file)
    if lock.exists() and not os.access(lock, os.R_OK | os.W_OK):
        return Sentence("check.file_closed", file=lock)
    return None


def room_trouble(folder: Path) -> tuple[int, Sentence | None]:
    """Returns how many megabytes are free where a folder is, and what to do if that is too few."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    trouble = None
    if free < LEAST_ROOM:
        most = LEAST_ROOM // MEGABYTE
        trouble = Sentence("check.full", folder=there, free=free // MEGABYTE, least=most)
    return free // MEGABYTE, trouble


async def clock_trouble(database: Database, at: datetime) -> Sentence | None:
    """Returns why the clock cannot be right; None: nothing says that it is wrong.

    It is compared with what was done last and, on PostgreSQL, with the clock of the server.
    """
    async with database.reading() as session:
        last = await session.scalar(select(func.max(AuditEntryRow.at)))
        server = None if database.is_sqlite else await session.scalar(select(func.now()))
    earliest = max(FIRST_DAY, last or FIRST_DAY)
    if at < earliest - MOST_CLOCK_ERROR:
        return Sentence("check.clock_behind", now=_shown(at), last=_shown(earliest))
    if server is not None and abs(at - server) > MOST_CLOCK_ERROR:
        return Sentence("check.clock_differs", now=_shown(at), server=_shown(server))
    return None


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


async def versions(database: Database) -> tuple[str, Sentence | None]:
    """Returns the versions of what the bot runs on, and what to do if one is too old."""
    python = f"Python {platform.python_version()}"
    if database.is_sqlite:
        shown = f"{python}, SQLite {sqlite3.sqlite_version}"
        is_old = sqlite3.sqlite_version_info < OLDEST_SQLITE
        oldest = "SQLite 3.35"
    else:
        async with database.reading() as session:
            number = int(await session.scalar(text("SHOW server_version_num")) or 0)
            version = await session.scalar(text("SHOW server_version"))
        shown, is_old = f"{python}, PostgreSQL {version}", number < OLDEST_POSTGRESQL
        oldest = f"PostgreSQL {OLDEST_POSTGRESQL // 10_000}"
    return shown, Sentence("check.too_old", oldest=oldest) if is_old else None


async def rights_trouble(database: Database, *, is_made: bool) -> Sentence | None:
    """Returns which right this user lacks on PostgreSQL, and how to give it; None: it lacks none.

    Args:
        database: on PostgreSQL.
        is_made: whether it has its tables.
    """
    async with database.reading() as session:
        user, name, schema = (
            await session.execute(text("SELECT current_user, current_database(), current_schema()"))
        ).one()
        if schema is None or not await session.scalar(
            text("SELECT has_schema_privilege(:schema, 'CREATE')"), {"schema": schema}
        ):
            return Sentence("check.no_right_to_make", user=user, database=name)
        if not is_made:
            return None
        given = {"tables": list(Base.metadata.tables), "rights": list(WRITES)}
        lacking = (await session.execute(text(LACKING_RIGHTS), given)).first()
    if lacking is None:
        return None
    return Sentence("check.no_right", user=user, right=lacking.right, table=lacking.name)

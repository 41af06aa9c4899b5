"""Backups: a checked copy of a SQLite file while the bot runs, and PostgreSQL's own commands."""

import os
import shlex
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path

from sqlalchemy.engine import URL

from bot.languages.sentences import Sentence
from bot.store.db.errors import OperationRefused
from bot.store.keys.key_tables import KEY_TABLES

PAGES = 256  # a step of 1 MB; the bot can write between two steps
MAX_RESTARTS = 10


class Keys(StrEnum):
    """What a dump of a PostgreSQL database does with the tables of the key store."""

    ELSEWHERE = "elsewhere"
    LEFT_OUT = "left_out"
    ALONE = "alone"


class _TooManyWrites(Exception):
    """The bot writes so often that a copy in steps does not finish."""


def back_up(
    file: Path,
    to: Path,
    *,
    overwrite: bool = False,
    pages: int = PAGES,
    table: str = "alembic_version",
) -> int:
    """Copies the SQLite database `file`, as it is at one moment, to `to`, for its owner only.

    The copy is made and checked under another name beside `to` and renamed at the end: a crash
    before that leaves `to` as it was. It is one file, without a write-ahead log.

    Args:
        file: the database; a bot may be writing to it.
        to: where the copy goes.
        overwrite: whether it may replace an existing file.
        pages: how many pages are copied in one step.
        table: tells the kind of database: the data, unless it is a table of the key store.

    Returns:
        The size of the copy in bytes.

    Raises:
        OperationRefused: there is nothing to copy, no place for it, or the copy is not sound.
        sqlite3.Error: the database cannot be read.
    """
    if not file.is_file():
        raise OperationRefused(Sentence("refused.no_database", file=file))
    if to.is_dir() or not to.parent.is_dir():
        raise OperationRefused(Sentence("refused.no_folder", file=to))
    if to.exists() and to.samefile(file):
        raise OperationRefused(Sentence("refused.onto_itself", file=to))
    if to.exists() and not overwrite:
        raise OperationRefused(Sentence("refused.exists", file=to))
    with draft_beside(to) as draft:
        with closing(open_sqlite(file)) as source, closing(open_sqlite(draft)) as target:
            if not has_table(source, table):
                raise OperationRefused(Sentence("refused.not_ours", name=file))
            _copy(source, target, pages)
        if trouble := integrity_error(draft):
            raise OperationRefused(Sentence("refused.backup_damaged", trouble=trouble, file=to))
        size = draft.stat().st_size
        replace_atomically(draft, to)
    return size


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, pages: int) -> None:
    """Copies in steps; a write by another connection makes SQLite start again, at most ten times.

    After that it copies in one read transaction, which sees one moment and is not restarted. That
    is the second choice, because the write-ahead log cannot be emptied as long as it lasts.
    """
    try:
        source.backup(target, pages=pages, progress=_watch())
    except _TooManyWrites:
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()  # the first read fixes the moment
        source.backup(target, pages=pages)


def _watch() -> Callable[[int, int, int], None]:
    last, restarts = None, 0

    def watch(_status: int, remaining: int, _total: int) -> None:
        nonlocal last, restarts
        restarts += last is not None and remaining >= last
        last = remaining
        if restarts > MAX_RESTARTS:
            raise _TooManyWrites

    return watch


def open_sqlite(file: Path) -> sqlite3.Connection:
    """Connects to a SQLite file that exists; the driver begins no transactions by itself."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Returns whether there is a table with this name."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def integrity_error(file: Path) -> str | None:
    """Returns what is wrong with a SQLite file that no other process uses; None: it is sound.

    It takes the file out of write-ahead logging, so that it is one file afterwards.
    """
    try:
        with closing(open_sqlite(file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            [verdict] = connection.execute("PRAGMA integrity_check(1)").fetchone()
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    if verdict != "ok":
        return " ".join(str(verdict).split())
    return f"a row of {broken[0]} refers to nothing" if broken else None


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """Yields a new empty file beside `target`, for its owner only; deletes it if it is left."""
    descriptor, name = tempfile.mkstemp(".part", f".{target.name}.", target.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{name}{end}").unlink(missing_ok=True)


def replace_atomically(draft: Path, target: Path) -> None:
    """Renames `draft` to `target`; after a crash `target` is the old file or the new one."""
    _flush(draft)  # first the content: the name must never refer to a file that is not written yet
    draft.replace(target)
    _flush(target.parent)  # then the folder, in which the rename is recorded


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def dump_command(url: URL, to: Path, keys: Keys = Keys.ELSEWHERE) -> str:
    """Returns the command that backs up a PostgreSQL database; it holds no password.

    Args:
        url: the database.
        to: where the backup goes.
        keys: whether the tables of the key store are there, and are backed up.
    """
    option = {Keys.LEFT_OUT: "--exclude-table", Keys.ALONE: "--table"}.get(keys)
    tables = [f"{option}={name}" for name in KEY_TABLES.tables] if option else []
    arguments = [f"--file={to}", *tables, *_connection_arguments(url)]
    return shlex.join(["pg_dump", "--format=custom", *arguments])


def list_command(file: Path) -> str:
    """Returns the command that reads what is in such a backup, and restores nothing."""
    return shlex.join(["pg_restore", "--list", str(file)])


def restore_command(url: URL, file: Path) -> str:
    """Returns the command that restores such a backup, in one transaction."""
    options = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
    return shlex.join(["pg_restore", *options, *_connection_arguments(url), str(file)])


def _connection_arguments(url: URL) -> Iterator[str]:
    """Yields the options for the host, port, user and database that the URL names."""
    for option, value in (("host", url.host), ("port", url.port), ("username", url.username)):
        if setting := value or url.query.get("user" if option == "username" else option):
            yield f"--{option}={setting if isinstance(setting, str | int) else setting[0]}"
    yield f"--dbname={url.database or url.username or 'postgres'}"

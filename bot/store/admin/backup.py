"""Backups: a sound copy of a SQLite file while the bot runs, and PostgreSQL's own commands."""

import os
import shlex
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from bot.store.db.errors import OperationRefused

PAGES = 256  # a step of 1 MB; the bot can write between any two
BACKUP_TIMEOUT = 10


class _TooManyWrites(Exception):
    """The bot writes so often that a copy in steps does not come to an end."""


def back_up(file: Path, to: Path, *, overwrite: bool = False, pages: int = PAGES) -> int:
    """Copies the SQLite database `file` as it is at one moment to `to`, for its owner's eyes only.

    The copy is made and checked under another name beside `to`, so that only a sound one ever bears
    the name. It is one file, without a write-ahead log.

    Args:
        file: the database; a bot may be writing to it.
        to: where the copy goes.
        overwrite: whether it may take the place of a file that is there.
        pages: how many pages are copied in a step.

    Returns:
        The size of the copy in bytes.

    Raises:
        Refused: there is nothing to copy, no place for it, or the copy is not sound.
        sqlite3.Error: the database cannot be read.
    """
    if not file.is_file():
        raise OperationRefused(f"there is no database at {file}")
    if to.is_dir() or not to.parent.is_dir():
        raise OperationRefused(f"{to} cannot be written; name a file in a folder that exists")
    if to.exists() and to.samefile(file):
        raise OperationRefused(f"{to} is the database itself; choose another name")
    if to.exists() and not overwrite:
        raise OperationRefused(f"{to} exists already; choose another name, or add --overwrite")
    with draft_beside(to) as draft:
        with closing(open_sqlite(file)) as source, closing(open_sqlite(draft)) as target:
            if not has_table(source, "alembic_version"):
                raise OperationRefused(f"{file} is no database of olievlek")
            _copy(source, target, pages)
        if trouble := integrity_error(draft):
            raise OperationRefused(f"the copy is not sound ({trouble}); {to} is not written")
        size = draft.stat().st_size
        replace_atomically(draft, to)
    return size


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, pages: int) -> None:
    """Copies in steps; each write by another begins it anew, which is put up with some times only.

    After that it reads from one moment on to the end, which cannot be disturbed. It is the second
    choice, because the write-ahead log cannot be folded meanwhile.
    """
    try:
        source.backup(target, pages=pages, progress=_watch())
    except _TooManyWrites:
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()  # from here on, this moment
        source.backup(target, pages=pages)


def _watch() -> Callable[[int, int, int], None]:
    last, restarts = None, 0

    def watch(_status: int, remaining: int, _total: int) -> None:
        nonlocal last, restarts
        restarts += last is not None and remaining >= last
        last = remaining
        if restarts > BACKUP_TIMEOUT:
            raise _TooManyWrites

    return watch


def open_sqlite(file: Path) -> sqlite3.Connection:
    """A connection to a SQLite file that exists, without transactions of its own accord."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there is a table of this name."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def integrity_error(file: Path) -> str | None:
    """What is wrong with a SQLite file that nobody else uses; None: it is sound.

    Afterwards it has no write-ahead log.
    """
    try:
        with closing(open_sqlite(file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    if found != "ok":
        return " ".join(str(found).split())
    return f"a row of {broken[0]} refers to nothing" if broken else None


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """An empty file beside `target`, its owner's alone to read; gone at the end if still there."""
    descriptor, name = tempfile.mkstemp(".part", f".{target.name}.", target.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{name}{end}").unlink(missing_ok=True)


def replace_atomically(draft: Path, target: Path) -> None:
    """Gives `draft` the name `target`, at once; when the power goes it is one or the other."""
    _flush(draft)
    draft.replace(target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def dump_command(url: URL, to: Path) -> str:
    """What makes a backup of a PostgreSQL database; the password is asked, or in `~/.pgpass`."""
    return shlex.join(["pg_dump", "--format=custom", f"--file={to}", *_connection_arguments(url)])


def restore_command(url: URL, file: Path) -> str:
    """What puts such a backup back, as a whole or not at all."""
    how = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
    return shlex.join(["pg_restore", *how, *_connection_arguments(url), str(file)])


def _connection_arguments(url: URL) -> Iterator[str]:
    """Host, port and user, as far as the URL names them, with the same defaults; the database."""
    for option, value in (("host", url.host), ("port", url.port), ("username", url.username)):
        if found := value or url.query.get("user" if option == "username" else option):
            yield f"--{option}={found if isinstance(found, str | int) else found[0]}"
    yield f"--dbname={url.database or url.username or 'postgres'}"

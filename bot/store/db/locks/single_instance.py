"""One bot on one SQLite file: a lock that lasts as long as the process does."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.languages.sentences import Sentence
from bot.store.db.errors import OperationRefused


class DatabaseInUse(OperationRefused):
    """Another process has locked the database."""


def lock_of(file: Path) -> Path:
    """Returns the file beside a SQLite file that is locked instead of it."""
    return file.with_name(f"{file.name}.lock")


@contextmanager
def single_instance(file: Path | None) -> Iterator[None]:
    """Locks this SQLite file for one process until the end of the block; None: nothing to lock.

    The lock is on a file beside the database, because SQLite has locks of its own on the database
    itself. The operating system frees it when the process ends, however that ends; the file stays,
    because removing it would let two processes hold two files of one name.

    Raises:
        DatabaseInUse: another process has the lock.
        OperationRefused: the file of the lock is another user's.
    """
    if file is None:
        yield
        return
    lock = lock_of(file)
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = Sentence("refused.lock", file=lock, trouble=error.strerror)
        raise OperationRefused(reason) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseInUse(Sentence("refused.in_use", file=file)) from error
        yield
    finally:
        os.close(descriptor)

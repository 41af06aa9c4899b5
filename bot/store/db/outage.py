"""Outages: whether the database can be used, logged once when that changes."""

import errno
import os
import tempfile
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from bot.store.db.errors import error_message, is_server_gone

log = structlog.get_logger(__name__)
# A full disk may still have room in the write-ahead log, and a full file on its free pages.
PROBE_BYTES = 65_536
# Errors that are about the place where the database is kept, and not about a statement:
# https://www.sqlite.org/rescode.html and PostgreSQL's disk_full, read_only_sql_transaction and
# io_error.
SQLITE_STORAGE_ERRORS = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN")
POSTGRESQL_STORAGE_CODES = ("53100", "25006", "58030")
# A place for files that is full, has no more room for this user, or may not be written.
UNUSABLE_PLACE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
}


class Outage:
    """Whether the database can be used.

    Attributes:
        reason: why not, in the words of the database; None: it can.
    """

    def __init__(self) -> None:
        self.reason: str | None = None

    def began(self, error: BaseException | str) -> None:
        """Notes that it cannot be used; logged unless it is known already."""
        message = error if isinstance(error, str) else error_message(error)
        if self.reason is None:
            log.error("nothing can be sent: the database cannot be used", error=message)
        self.reason = message

    def ended(self) -> None:
        """Notes that it can be used; logged if it could not."""
        if self.reason is not None:
            log.info("the database works again")
        self.reason = None


def is_storage_error(error: BaseException) -> bool:
    """Returns whether nothing can be written any more: the disk is full, or it is read-only."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = str(getattr(cause, "sqlite_errorname", ""))
    code = str(getattr(cause, "sqlstate", ""))
    return name.startswith(SQLITE_STORAGE_ERRORS) or code in POSTGRESQL_STORAGE_CODES


def is_unavailable(error: BaseException | None) -> bool:
    """Returns whether the database or a place for files cannot be used now.

    That is so when the error itself says it, or one that it came from.
    """
    if error is None:
        return False
    is_place = isinstance(error, OSError) and error.errno in UNUSABLE_PLACE
    is_away = isinstance(error, ConnectionError | TimeoutError) or is_server_gone(error)
    return is_place or is_away or is_storage_error(error) or is_unavailable(error.__cause__)


def check_room(folder: Path) -> None:
    """Makes a file beside a SQLite database and removes it.

    Raises:
        OSError: there is no room for one, or nothing may be written there.
    """
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".olievlek-room-") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())  # some file systems find out that they are full only here
    except OSError as error:
        raise OSError(error.strerror) from error  # without the path

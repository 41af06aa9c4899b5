"""Errors of a database: which ones there are, which are transient, and retrying those."""

from socket import gaierror

from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from tenacity import AsyncRetrying

from bot.languages.sentences import Text
from bot.retries import TRANSACTION

# PostgreSQL's SQLSTATE classes and codes after which the same transaction may well succeed.
TRANSIENT_CODES = (
    "08",  # connection exception
    "40001",  # serialization failure
    "40P01",  # deadlock detected
    "53300",  # too many connections
    "55P03",  # lock not available
    "57P",  # the server is being stopped, or starting
    "23505",  # unique violation: another replica made the same row a moment ago
)
# Invalid authorization, and a database that does not exist.
REFUSED_CODES = ("28", "3D")
# What an unavailable database may raise; a server that cannot be reached raises an OSError.
DATABASE_ERRORS = (SQLAlchemyError, OSError)


def error_message(error: BaseException) -> str:
    """Returns what is wrong in the words of the database, without the statement and its values."""
    return str(getattr(error, "orig", error)) or type(error).__name__


def is_unreachable(error: BaseException) -> bool:
    """Returns whether a server cannot be reached now, rather than refuses us or a name in the URL.

    False for what only another setting mends: a password, a user or a database that is not there.
    """
    code = str(getattr(error, "sqlstate", None) or "")
    is_refused = code.startswith(REFUSED_CODES) or isinstance(error, gaierror)
    return not is_refused


def is_transient(error: BaseException) -> bool:
    """Returns whether the same transaction may succeed when it is tried again."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, ConnectionError | TimeoutError)
    if error.connection_invalidated or "locked" in str(error.orig):
        return True
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(TRANSIENT_CODES)


def is_server_gone(error: BaseException) -> bool:
    """Returns whether a server that was there stopped answering."""
    code = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
    is_cut = isinstance(error, DBAPIError) and error.connection_invalidated
    return is_cut or isinstance(error, PoolTimeoutError) or code.startswith(("08", "57P"))


def is_outage(error: BaseException) -> bool:
    """Returns whether the database cannot be used now, whatever the transaction: a full disk, too.

    False for an error that comes from the values of this transaction, and would come again.
    """
    if is_transient(error) or isinstance(error, gaierror | PoolTimeoutError):
        return True
    is_damage = type(error) is DatabaseError  # how SQLite reports a file that is damaged
    return is_damage or isinstance(error, OperationalError | InterfaceError | InternalError)


class OperationRefused(Exception):
    """An operation that cannot be done with this database.

    Args:
        reason: why not, in one sentence.
    """

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


def retry_transient() -> AsyncRetrying:
    """Returns the attempts at a transaction, which is tried again after a transient error."""
    return TRANSACTION.attempts(is_transient)

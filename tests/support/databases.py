"""Databases with the schema and the bundled sets in them, made once a test run and then copied.

Migrating and publishing takes half a second; copying the result takes milliseconds. What a start
does with an empty database has tests of its own, on `empty_database`.
"""

import asyncio
import fcntl
import shutil
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import URL, event

from bot.startup import open_database, prepare, unlock
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.fakes import MONDAY
from tests.support.postgresql import PostgreSQL

# What runs on PostgreSQL runs on SQLite as well, and is measured there.
KINDS = (
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.server),
)
TEMPLATE = "prepared"
# Of all processes of a test run: it wraps the keys of the databases that they share.
SECRET_KEY = urlsafe_b64encode(sha256(b"tests").digest()).decode()

# For a test in a folder whose tests run on both.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def keys_file(file: Path) -> Path:
    """Returns where the keys of a SQLite file are, unless a setting says otherwise."""
    return file.with_name(f"{file.stem}-keys{file.suffix}")


def is_key_store(url: URL) -> bool:
    """Returns whether this is the URL of a file with keys alone."""
    return Path(url.database or "").stem.endswith("-keys")


def sqlite_url(file: Path) -> str:
    """Returns the URL of a SQLite database, as a setting names it."""
    return f"sqlite+aiosqlite:///{file}"


def prepared_sqlite_file(folder: Path) -> Path:
    """Returns the prepared SQLite file in `folder`; the first process that asks makes it."""
    file = folder / "prepared.db"
    with _only_process(folder / "prepared.lock"):
        if not file.exists():
            draft = folder / "draft.db"
            asyncio.run(_prepare(sqlite_url(draft)))
            draft_keys, keys = keys_file(draft), keys_file(file)
            draft_keys.replace(keys)  # first, so that whoever sees the file sees its keys
            draft.replace(file)
    return file


def prepared_template(server: PostgreSQL, folder: Path) -> str:
    """Returns the name of the prepared database on `server`; the first process that asks makes it.

    Args:
        server: shared by all processes that name the same folder.
        folder: where it is noted that the database is ready.
    """
    ready = folder / "template.ready"
    with _only_process(folder / "template.lock"):
        if not ready.exists():
            server.create(TEMPLATE)
            asyncio.run(_prepare(server.url(TEMPLATE)))
            ready.touch()
    return TEMPLATE


def copied(prepared: Path, to: Path) -> str:
    """Copies the prepared SQLite file and its keys, mode and all; returns the URL of the copy."""
    shutil.copy(keys_file(prepared), keys_file(to))
    return sqlite_url(Path(shutil.copy(prepared, to)))


@asynccontextmanager
async def new_database(server: PostgreSQL, template: str | None = None) -> AsyncIterator[Database]:
    """A new database on PostgreSQL, dropped at the end: empty, or a copy of `template`."""
    async with server.database(template) as url, open_database(url) as opened:
        yield opened


@asynccontextmanager
async def unlocked_by(env: Mapping[str, str]) -> AsyncIterator[Database]:
    """The database of a program with this environment, beside that program."""
    async with open_database(env["OLIEVLEK_DATABASE_URL"]) as database:
        await unlock(database, Vault(env["OLIEVLEK_SECRET_KEY"]))
        yield database


async def _prepare(url: str) -> None:
    async with open_database(url) as database:
        await prepare(database, Vault(SECRET_KEY), MONDAY)


@contextmanager
def _only_process(lock: Path) -> Iterator[None]:
    """Waits until no other process of this test run is in a block with the same lock."""
    with lock.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """Collects what the database is asked meanwhile."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)

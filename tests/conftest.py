"""What every test can ask for: a house of real rooms, with a clock that stands still."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

from bot.app import Application, build, open_database
from bot.store.db.engine import Database
from bot.store.members.vault import Vault, new_secret_key
from tests.support.databases import (
    copied,
    new_database,
    prepared_sqlite_file,
    prepared_template,
    sqlite_url,
)
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.matrix.synapse import Synapse
from tests.support.postgresql import PostgreSQL
from tools.docs.camera import NoCamera, camera

# No example fails for being slow: a busy machine is not a wrong answer.
settings.register_profile("olievlek", deadline=None)
settings.load_profile("olievlek")
# structlog's own way of showing an error draws every frame with its values, for seconds on end.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


SERVERS = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the kill tests go on, and with which dice."""
    parser.addoption("--kills", type=int, default=4, help="how often the program is killed")
    parser.addoption("--seed", type=int, default=1, help="when it is killed")
    parser.addoption("--rooms", type=int, default=40, help="how many get one on Matrix")
    parser.addoption("--wave", type=int, default=150, help="how many get a nudge at full pace")


def pytest_configure(config: pytest.Config) -> None:
    """A short path for the servers of this run; the process that hands out the tests makes it."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[SERVERS] = Path(given["servers"])
        return
    config.stash[SERVERS] = Path(tempfile.mkdtemp(prefix="olie-"))
    config.add_cleanup(lambda: _end(config.stash[SERVERS]))


def _end(servers: Path) -> None:
    Synapse(servers / "synapse").stop()
    shutil.rmtree(servers, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist publishes no type
    """Tells a process that does tests where the servers are."""
    node.workerinput["servers"] = str(node.config.stash[SERVERS])


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Path:
    """Where the servers that all processes of a test run share keep what is theirs."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def postgresql(servers: Path) -> Iterator[PostgreSQL]:
    """A real server, one for all the processes of a test run."""
    server = PostgreSQL(servers / "pg")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def synapse(servers: Path) -> Synapse:
    """A real homeserver, one for all the processes of a test run; it ends with the run."""
    server = Synapse(servers / "synapse")
    server.start()
    return server


@pytest.fixture
async def postgresql_url(postgresql: PostgreSQL) -> AsyncIterator[str]:
    """An empty database on PostgreSQL, as a setting names it."""
    async with postgresql.database() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; without it a test is passed over here, and fails in CI."""
    try:
        return camera()
    except NoCamera as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def clock() -> FixedClock:
    """Monday 23 November 2026, ten o'clock in Amsterdam."""
    return FixedClock()


@pytest.fixture
def fake_channel() -> FakeChannel:
    """The channel of `application`."""
    return FakeChannel()


@pytest.fixture
def vault() -> Vault:
    """A vault with a fresh key."""
    return Vault(new_secret_key())


@pytest.fixture
def database_kind() -> str:
    """SQLite stands for both; folders whose tests run on both override this."""
    return "sqlite"


@pytest.fixture(scope="session")
def prepared_file(servers: Path) -> Path:
    """A SQLite file with the schema and the bundled sets, to copy."""
    return prepared_sqlite_file(servers)


@pytest.fixture(scope="session")
def template(postgresql: PostgreSQL, servers: Path) -> str:
    """The name of such a database on PostgreSQL."""
    return prepared_template(postgresql, servers)


@pytest.fixture
def prepared_copy(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> AbstractAsyncContextManager[Database]:
    """A copy of either, not opened yet."""
    if database_kind == "sqlite":
        prepared: Path = request.getfixturevalue("prepared_file")
        return open_database(copied(prepared, tmp_path / "test.db"))
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return new_database(server, request.getfixturevalue("template"))


@pytest.fixture
async def database(
    prepared_copy: AbstractAsyncContextManager[Database],
) -> AsyncIterator[Database]:
    """A database as the first start leaves it: the schema, the bundled sets, and no members."""
    async with prepared_copy as opened:
        yield opened


@pytest.fixture
async def empty_database(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> AsyncIterator[Database]:
    """A database without tables."""
    if database_kind == "sqlite":
        opening = open_database(sqlite_url(tmp_path / "test.db"))
    else:
        opening = new_database(request.getfixturevalue("postgresql"))
    async with opening as opened:
        yield opened


@pytest.fixture
def application(
    database: Database, vault: Vault, fake_channel: FakeChannel, clock: FixedClock
) -> Application:
    """The application on `database`, with one channel."""
    return build(database, vault, [fake_channel], clock, "nl", "Europe/Amsterdam")


@pytest.fixture
def sanne(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> FakeMember:
    """Someone who has not joined yet."""
    return FakeMember(application, fake_channel, clock, "sanne")


@pytest.fixture
async def member(sanne: FakeMember) -> FakeMember:
    """Someone who takes part on workdays at half past nine."""
    await sanne.joins()
    return sanne

"""What every test can ask for: a house of real rooms, with a clock that stands still."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

from bot.app import Application, build
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.members.vault import Vault, new_secret_key
from tests.support.matrix.synapse import Synapse
from tests.support.postgresql import PostgreSQL
from tests.support.story import FakeChannel, FakeMember, FixedClock
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


# Everything that touches SQL is told on both databases; elsewhere SQLite stands for both.
ON_BOTH = ("tests.store.", "tests.delivery.")
SERVERS = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the kill tests go on, and with which dice."""
    parser.addoption("--kills", type=int, default=4, help="how often the program is killed")
    parser.addoption("--seed", type=int, default=1, help="when it is killed")
    parser.addoption("--rooms", type=int, default=40, help="how many get one on Matrix")
    parser.addoption("--wave", type=int, default=150, help="how many get a nudge at full pace")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Has the tests of `ON_BOTH` run on SQLite and on PostgreSQL."""
    on_sqlite = metafunc.definition.get_closest_marker("sqlite") is not None
    if "database" in metafunc.fixturenames and metafunc.module.__name__.startswith(ON_BOTH):
        kinds = ["sqlite"] if on_sqlite else ["sqlite", "postgresql"]
        metafunc.parametrize("database", kinds, indirect=True)


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
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database: a SQLite file, or what `ON_BOTH` asks for."""
    if getattr(request, "param", "sqlite") == "sqlite":
        async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}") as opened:
            yield opened
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        async with server.database() as url, open_database(url) as opened:
            yield opened


@pytest.fixture
async def application(
    database: Database, vault: Vault, fake_channel: FakeChannel, clock: FixedClock
) -> Application:
    """All rooms joined, with the sets that come along."""
    await prepare(database, vault, clock())
    return build(database, vault, [fake_channel], clock)


@pytest.fixture
def sanne(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> FakeMember:
    """Someone who has not joined yet."""
    return FakeMember(application, fake_channel, clock, "sanne")


@pytest.fixture
async def member(sanne: FakeMember) -> FakeMember:
    """Someone who takes part on workdays at half past nine."""
    await sanne.joins()
    return sanne

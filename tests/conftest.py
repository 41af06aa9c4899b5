"""Fixtures for every test: the whole application on a real database, with a fixed clock."""

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import Connection, Dialect, Engine, event

from bot.app import Application, BuildOptions, build
from bot.startup import open_database, unlock
from bot.store.db.column_types import cipher_of
from bot.store.db.engine import Database
from bot.store.keys.column_cipher import ColumnCipher
from bot.store.members.vault import Vault
from tests.support.beginnings import Beginning, Beginnings, Begun, Stage, member_joins
from tests.support.databases import (
    SECRET_KEY,
    copied,
    is_key_store,
    new_database,
    prepared_sqlite_file,
    prepared_template,
    sqlite_url,
)
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.matrix.synapse import Synapse
from tests.support.postgresql import PostgreSQL
from tests.support.scratch import use_memory
from tools.docs.camera import ChromiumMissing, chromium_path

use_memory()
# No example fails for being slow: a busy machine is not a wrong answer.
settings.register_profile("olievlek", deadline=None)
# For `make mutation`: a thousand runs of the tests, each the same as the one before.
settings.register_profile("mutation", deadline=None, max_examples=25, derandomize=True)
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


COMPILED: dict[tuple[type[Dialect], ColumnCipher | None], tuple[Dialect, Any]] = {}


@event.listens_for(Engine, "engine_connect")
def compile_each_statement_once(connection: Connection) -> None:
    """Has engines of one kind and cipher share what SQLAlchemy made of the statements it was given.

    Each test has a database of its own, and compiling the same statements for each was a fifth of
    what the tests with a database computed.
    """
    own = (connection.dialect, connection.engine._compiled_cache)
    try:
        cipher = None if is_key_store(connection.engine.url) else cipher_of(own[0])
    except LookupError:  # its keys are not open yet
        return
    # Both are those of the first engine, since the dialect is part of the key.
    connection.dialect, connection.engine._compiled_cache = COMPILED.setdefault(
        (type(own[0]), cipher), own
    )


# What they need is made first: `make test-element`, `test-firefox`, `test-webkit`, `test-image`,
# `test-oidc`, `test-docs`, `test-walk` and `lighthouse` name the folders, and then none is ignored.
# So does `test-alerts`, which takes minutes.
collect_ignore = [
    "alerts",
    "element",
    "firefox",
    "image",
    "lighthouse",
    "oidc",
    "site",
    "walk",
    "webkit",
]
SERVERS = pytest.StashKey[Path]()
PARTS = frozenset({"postgresql", "synapse", "chromium"})  # fixtures that need more than Python
SYSTEM = Path(__file__).parent / "system"
BROWSER = Path(__file__).parent / "web" / "chromium"
LONG = frozenset({"slow", "server", "browser"})  # the marks of what `make test-long` runs
NEVER_LONG = tuple(Path(__file__).parent / name for name in ("content", "languages"))
IN_CI = bool(os.environ.get("CI"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the kill tests go on, and with which dice."""
    parser.addoption("--kills", type=int, default=4, help="how often the program is killed")
    parser.addoption("--seed", type=int, default=1, help="when it is killed")
    parser.addoption("--rooms", type=int, default=40, help="how many get one on Matrix")
    parser.addoption("--lives", type=int, default=0, help="how many lives of random people")
    parser.addoption("--browsers", type=int, default=20, help="how many talk in a browser")
    parser.addoption("--wave", type=int, default=150, help="how many get a nudge at full pace")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a server or a browser or takes long, and decides what begins when.

    A long test that begins last keeps one process busy while the others have nothing to do, so the
    long ones begin first. Those with a homeserver are spread over the run: it computes on one core,
    and processes that all wait for it leave the others idle.
    """
    for item in items:
        if item.path.is_relative_to(SYSTEM):  # they start programs
            item.add_marker("slow")
        if not PARTS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("server")
        if item.path.is_relative_to(BROWSER):
            item.add_marker("browser")
        if any(map(item.path.is_relative_to, NEVER_LONG)) and not LONG.isdisjoint(
            mark.name for mark in item.iter_markers()
        ):
            raise pytest.UsageError(f"make test-long leaves out {item.nodeid}: move it elsewhere")
    waiting = [item for item in items if "synapse" in getattr(item, "fixturenames", ())]
    computing = [item for item in items if "synapse" not in getattr(item, "fixturenames", ())]
    turns = {
        item: place / len(those)
        for those in (waiting, computing)
        for place, item in enumerate(those)
    }
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, turns[item]))


def pytest_collection_finish() -> None:
    """Exempts what is loaded from garbage collection, which would look at all of it each time."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run in CI in which a test was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("\nNothing may be skipped in CI.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


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


def cannot_start(part: str, error: Exception) -> NoReturn:
    """Fails the test in CI, where every part has to be there; skips it elsewhere, and says why."""
    reason = f"{part} cannot be started here: {error}"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgresql(servers: Path) -> Iterator[PostgreSQL]:
    """A real server, one for all the processes of a test run."""
    try:
        server = PostgreSQL(servers / "pg")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        cannot_start("PostgreSQL", error)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def synapse(servers: Path) -> Synapse:
    """A real homeserver, one for all the processes of a test run; it ends with the run."""
    server = Synapse(servers / "synapse")
    try:
        server.start()
    except (OSError, RuntimeError) as error:
        cannot_start("Synapse", error)
    return server


@pytest.fixture
async def postgresql_url(postgresql: PostgreSQL) -> AsyncIterator[str]:
    """An empty database on PostgreSQL, as a setting names it."""
    async with postgresql.database() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is."""
    try:
        return chromium_path()
    except ChromiumMissing as error:
        cannot_start("Chromium", error)


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
    """The vault of `database`; where there is none, it is locked until `prepare`."""
    return Vault(SECRET_KEY)


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
    """A copy of either, not opened yet; if the test has a member, they joined there."""
    if "joined" in request.fixturenames:
        joined: Beginning[FakeMember] = request.getfixturevalue("joined")
        return joined.copy(tmp_path / "test.db")
    if database_kind == "sqlite":
        prepared: Path = request.getfixturevalue("prepared_file")
        return open_database(copied(prepared, tmp_path / "test.db"))
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return new_database(server, request.getfixturevalue("template"))


@pytest.fixture
async def database(
    prepared_copy: AbstractAsyncContextManager[Database], vault: Vault
) -> AsyncIterator[Database]:
    """A database as the first start leaves it: the schema, the bundled sets, and no members."""
    async with prepared_copy as opened:
        await unlock(opened, vault)
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
def build_options() -> BuildOptions:
    """What an operator decides where nothing is set."""
    return BuildOptions()


@pytest.fixture
def application(
    database: Database,
    vault: Vault,
    fake_channel: FakeChannel,
    clock: FixedClock,
    build_options: BuildOptions,
) -> Application:
    """The application on `database`, with one channel."""
    return build(database, vault, [fake_channel], clock, build_options)


@pytest.fixture
def stage(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> Stage:
    """The application with its parts."""
    return Stage(application, fake_channel, clock)


@pytest.fixture
def sanne(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> FakeMember:
    """Someone who has not joined yet."""
    return FakeMember(application, fake_channel, clock, "sanne")


@pytest.fixture(scope="session")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> Beginnings:
    """What the tests of this process begin with."""
    return Beginnings(tmp_path_factory.mktemp("beginnings"))


@pytest.fixture
def begun(
    request: pytest.FixtureRequest,
    beginnings: Beginnings,
    database_kind: str,
    build_options: BuildOptions,
) -> Begun:
    """Makes a beginning, or finds the one that this process made, on the database of this test."""
    return partial(
        beginnings.of, request=request, database_kind=database_kind, options=build_options
    )


@pytest.fixture
def joined(begun: Begun) -> Beginning[FakeMember]:
    """How `member` joined."""
    return begun(member_joins)


@pytest.fixture
def member(joined: Beginning[FakeMember], stage: Stage) -> FakeMember:
    """Someone who takes part on workdays at half past nine."""
    return joined.on(stage)

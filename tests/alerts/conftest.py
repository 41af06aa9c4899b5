"""One Prometheus for all cases, and a table of how long each alert took."""

import random
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.alerts.watch import Databases, Watch
from tests.conftest import cannot_start
from tests.support.postgresql import PostgreSQL
from tests.support.prometheus import Prometheus, running_prometheus, with_short_windows
from tests.unit.test_alerts import ALERTS

# Fifteen minutes become not quite four seconds, in which Prometheus asks three times.
TIMES = 240
# Below those that a system gives away by itself, as another program would get this one in between.
PORTS = range(20_000, 32_000)


@pytest.fixture(scope="session")
def watched_port() -> int:
    """The port on which each program that is watched has its metrics."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port


@pytest.fixture(scope="session")
def prometheus_url(watched_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Prometheus, which lives as long as the tests."""
    folder = tmp_path_factory.mktemp("prometheus")
    try:
        rules = with_short_windows(ALERTS, folder / "rules.yaml", TIMES)
        with running_prometheus(folder, rules, watched_port) as url:
            yield url
    except FileNotFoundError as error:
        cannot_start("Prometheus", error)


@pytest.fixture
async def watch(
    request: pytest.FixtureRequest,
    prometheus_url: str,
    watched_port: int,
    tmp_path: Path,
    databases: Databases,
) -> AsyncIterator[Watch]:
    """What looks at the alert of this test."""
    async with httpx.AsyncClient() as client:
        prometheus = Prometheus(prometheus_url, client)
        alert = request.getfixturevalue("alert")
        yield Watch(alert, prometheus, watched_port, tmp_path, databases)


@pytest.fixture
def databases(prepared_file: Path, postgresql: PostgreSQL, template: str) -> Databases:
    """Databases to copy."""
    return Databases(prepared_file, postgresql, template)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints after how many seconds each alert fired, and was quiet again."""
    passed = terminalreporter.stats.get("passed", [])
    rows = [dict(report.user_properties) for report in passed]
    for row in sorted((row for row in rows if "alert" in row), key=lambda row: str(row["alert"])):
        terminalreporter.write_line(
            f"{row['alert']:27} fired after {row['fired_after']:5.1f} s,"
            f" quiet after {row['quiet_after']:5.1f} s"
        )

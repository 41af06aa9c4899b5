"""A real Prometheus, and the rules of the alerts with shorter windows."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from bot.web.server import bind_port

WINDOW = re.compile(r"\[(\d+)([smhd])\]")
DURATION = re.compile(r"(\d+)([smhd])")
MILLISECONDS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def prometheus_path() -> str:
    """Returns where Debian's Prometheus is.

    Raises:
        FileNotFoundError: it is not installed.
    """
    path = shutil.which("prometheus")
    if path is None:
        raise FileNotFoundError("install Debian's prometheus")
    return path


def with_short_windows(rules: Path, to: Path, times: int) -> Path:
    """Copies the rules to a file in which all waiting is so many times as short, and nothing else.

    That is `for` and the windows that a query looks back on. What a value is compared with stays.
    """
    content = yaml.safe_load(rules.read_text())
    for rule in (rule for group in content["groups"] for rule in group["rules"]):
        rule["expr"] = WINDOW.sub(lambda found: f"[{_shortened(found, times)}]", rule["expr"])
        if "for" in rule:
            rule["for"] = DURATION.sub(lambda found: _shortened(found, times), rule["for"])
    to.write_text(yaml.safe_dump(content))
    return to


def _shortened(found: re.Match[str], times: int) -> str:
    return f"{int(found[1]) * MILLISECONDS[found[2]] // times}ms"


class Prometheus:
    """A server that asks one program for its metrics, each second.

    Args:
        url: where it listens.
        client: asks it.
    """

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url, self._client = url, client

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Returns what a query finds; nothing as long as the server is not ready."""
        try:
            answer = await self._client.get(
                f"{self._url}/api/v1/query", params={"query": expression}
            )
        except httpx.TransportError:  # it does not listen yet
            return []
        if answer.status_code != httpx.codes.OK:  # it is not ready yet
            return []
        return list(answer.json()["data"]["result"])

    async def holds(self, expression: str, seconds: float = 30) -> list[dict[str, Any]]:
        """Waits until a query has a result, and returns it."""
        async with asyncio.timeout(seconds):
            while not (result := await self.query(expression)):
                await asyncio.sleep(0.2)
        return result


@contextmanager
def running_prometheus(folder: Path, rules: Path, target: int) -> Iterator[str]:
    """Runs Prometheus until the end of the block; yields its address.

    Args:
        folder: where its files go.
        rules: the rules of the alerts.
        target: the port that has the metrics.

    Raises:
        FileNotFoundError: it is not installed.
    """
    scraped = [{"targets": [f"127.0.0.1:{target}"]}]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "olievlek", "static_configs": scraped}],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    with bind_port("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            prometheus_path(),
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ],
        env={**os.environ, "GOMAXPROCS": "1"},
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()

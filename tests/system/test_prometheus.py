"""A real Prometheus asks the real program how it is, and finds that a platform went away."""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.web.server import bind_port
from tests.conftest import cannot_start
from tests.support.processes import TOKEN, Program, on_telegram, program
from tests.support.telegram.bot_api import BotApiServer
from tests.unit.test_alerts import ALERTS

Query = Callable[[str], Awaitable[list[dict[str, Any]]]]


async def _metrics_port(started: Program) -> int:
    await started.says("http port open")
    [line] = [line for line in started.log.splitlines() if "http port open" in line]
    return int(json.loads(line)["port"])


@pytest.fixture
def prometheus() -> str:
    """Where Debian's Prometheus is."""
    path = shutil.which("prometheus")
    if path is None:
        cannot_start("Prometheus", FileNotFoundError("install Debian's prometheus"))
    return path


@pytest.fixture
async def ask(prometheus: str, tmp_path: Path) -> AsyncIterator[Callable[[int], Awaitable[Query]]]:
    """Starts Prometheus on the metrics of a port; gives what asks it a query."""
    running: list[asyncio.subprocess.Process] = []
    async with httpx.AsyncClient() as client:

        async def start(target: int) -> Query:
            scraped = [{"targets": [f"127.0.0.1:{target}"]}]
            config = {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(ALERTS)],
                "scrape_configs": [{"job_name": "olievlek", "static_configs": scraped}],
            }
            (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
            with bind_port("127.0.0.1", 0) as free:
                port = free.getsockname()[1]
            running.append(
                await asyncio.create_subprocess_exec(
                    prometheus,
                    f"--config.file={tmp_path / 'prometheus.yaml'}",
                    f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=error",
                    env={**os.environ, "GOMAXPROCS": "1"},
                )
            )

            async def query(expression: str) -> list[dict[str, Any]]:
                try:
                    answer = await client.get(
                        f"http://127.0.0.1:{port}/api/v1/query", params={"query": expression}
                    )
                except httpx.TransportError:  # it does not listen yet
                    return []
                if answer.status_code != httpx.codes.OK:  # it is not ready yet
                    return []
                return list(answer.json()["data"]["result"])

            return query

        yield start
    for process in running:
        process.terminate()
        await process.wait()


async def holds(query: Query, expression: str, seconds: float = 30) -> list[dict[str, Any]]:
    """Waits until a query has a result, and returns it."""
    async with asyncio.timeout(seconds):
        while not (result := await query(expression)):
            await asyncio.sleep(0.2)
    return result


async def test_it_sees_what_works_and_what_does_not(
    tmp_path: Path, ask: Callable[[int], Awaitable[Query]]
) -> None:
    async with BotApiServer(TOKEN) as server:
        async with program(on_telegram(server, tmp_path), tmp_path) as started:
            query = await ask(await _metrics_port(started))
            await holds(query, 'olievlek_channel_up{channel="telegram"} == 1')
            assert await query('olievlek_channel_leading{channel="telegram"} == 1')
            [build] = await query("olievlek_build_info")
            assert build["metric"]["version"].startswith("0.")
            someone = server.person()
            someone.types("/start")
            await someone.receives("In welke taal", timeout=20)
            await holds(query, "olievlek_reply_seconds_count > 0")
            assert await query("ALERTS") == []
            server.queue_anyhow("message", {"text": 7, "message_id": "x", "chat": {"id": 1}})
            [alert] = await holds(query, 'ALERTS{alertname="OlievlekSetAside"}')
            assert alert["metric"]["channel"] == "telegram"
            with closing(sqlite3.connect(tmp_path / "olievlek.db")) as database, database:
                database.execute("DELETE FROM inbox WHERE set_aside_at IS NOT NULL")
            await holds(query, "max(olievlek_inbox_set_aside) == 0")
            await server.stop()
            [alert] = await holds(query, 'ALERTS{alertname="OlievlekChannelDown"}')
            assert alert["metric"]["channel"] == "telegram"
            assert alert["metric"]["severity"] == "critical"
            assert TOKEN not in json.dumps(await query('{job="olievlek"}'))
            await server.start()
            await holds(query, 'olievlek_channel_up{channel="telegram"} == 1')

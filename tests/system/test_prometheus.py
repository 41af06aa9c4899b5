"""A real Prometheus asks the real program how it is, and finds that a platform went away.

`make test-alerts` provokes each of the alerts.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx

from tests.conftest import cannot_start
from tests.support.processes import TOKEN, on_telegram, program
from tests.support.prometheus import Prometheus, prometheus_path, running_prometheus
from tests.support.telegram.bot_api import BotApiServer
from tests.system.http_port import port_of
from tests.unit.test_alerts import ALERTS


async def test_it_sees_what_works_and_what_does_not(tmp_path: Path) -> None:
    try:
        prometheus_path()
    except FileNotFoundError as error:
        cannot_start("Prometheus", error)
    async with BotApiServer(TOKEN) as server, httpx.AsyncClient() as client:
        async with program(on_telegram(server, tmp_path), tmp_path) as started:
            with running_prometheus(tmp_path, ALERTS, await port_of(started)) as url:
                await _sees(Prometheus(url, client), server, tmp_path / "olievlek.db")


async def _sees(prometheus: Prometheus, server: BotApiServer, file: Path) -> None:
    query, holds = prometheus.query, prometheus.holds
    await holds('olievlek_channel_up{channel="telegram"} == 1')
    assert await query('olievlek_channel_leading{channel="telegram"} == 1')
    [build] = await query("olievlek_build_info")
    assert build["metric"]["version"].startswith("0.")
    someone = server.person()
    someone.types("/start")
    await someone.receives("In welke taal", timeout=20)
    await holds("olievlek_reply_seconds_count > 0")
    assert await query("ALERTS") == []
    server.queue_anyhow("message", {"text": 7, "message_id": "x", "chat": {"id": 1}})
    [alert] = await holds('ALERTS{alertname="OlievlekSetAside"}')
    assert alert["metric"]["channel"] == "telegram"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM inbox WHERE set_aside_at IS NOT NULL")
    await holds("max(olievlek_inbox_set_aside) == 0")
    await server.stop()
    [alert] = await holds('ALERTS{alertname="OlievlekChannelDown"}')
    assert alert["metric"]["channel"] == "telegram"
    assert alert["metric"]["severity"] == "critical"
    assert TOKEN not in json.dumps(await query('{job="olievlek"}'))
    await server.start()
    await holds('olievlek_channel_up{channel="telegram"} == 1')

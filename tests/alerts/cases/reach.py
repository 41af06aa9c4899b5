"""The program, its database or a platform cannot be reached."""

import tempfile
from pathlib import Path

import httpx

from tests.alerts.watch import Watch, provokes
from tests.support.postgresql import PostgreSQL
from tests.support.processes import TOKEN, program
from tests.support.runbook_queries import connected, leaders
from tests.support.telegram.bot_api import BotApiServer
from tests.system.http_port import port_of

NEW_TOKEN = "123:new"


@provokes("OlievlekDown")
async def a_token_is_taken_back(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        env, someone = watch.env(server), server.person()
        async with program(env, watch.folder) as started:
            await watch.is_calm()
            server.token = NEW_TOKEN
            someone.types("/start")  # which ends the poll that is under way
            assert await started.ends(within=30) == 2
            assert "OLIEVLEK_TELEGRAM_TOKEN" in started.log.splitlines()[-1]
            await watch.fires()
        async with program(env | {"OLIEVLEK_TELEGRAM_TOKEN": NEW_TOKEN}, watch.folder):
            await someone.receives("In welke taal", timeout=60)
            await watch.ends()


@provokes("OlievlekDatabaseDown")
async def postgresql_stops(watch: Watch) -> None:
    with tempfile.TemporaryDirectory(prefix="olie-") as folder:  # a socket's path must be short
        postgresql = PostgreSQL(Path(folder) / "pg")
        try:
            async with BotApiServer(TOKEN) as server, postgresql.database() as url:
                async with program(watch.env(server, DATABASE_URL=url), watch.folder) as started:
                    await watch.is_calm()
                    await postgresql.goes_away()
                    # Who leads is decided in the database.
                    await watch.fires("OlievlekNoLeader")
                    assert "database" in await _wrong(await port_of(started))
                    await postgresql.comes_back()
                    await watch.ends()
        finally:
            postgresql.stop()


@provokes("OlievlekChannelDown")
async def a_platform_goes_away(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        async with program(watch.env(server), watch.folder) as started:
            await watch.is_calm()
            await server.stop()
            await watch.fires()
            assert "telegram" in await _wrong(await port_of(started))
            someone = server.person()
            someone.types("/start")  # which waits there
            await server.start()
            await someone.receives("In welke taal", timeout=60)
            await watch.ends()


@provokes("OlievlekNoLeader")
async def a_process_that_is_not_watched_leads(watch: Watch) -> None:
    databases = watch.databases
    async with BotApiServer(TOKEN) as server, databases.server.database(databases.template) as url:
        env = watch.env(server, DATABASE_URL=url)
        administrator = await connected(url, "psql")
        async with program(env, watch.folder):
            await watch.is_calm()
        assert await leaders(administrator, url) == []
        async with program(env | {"OLIEVLEK_HTTP_PORT": "0"}, watch.folder) as elsewhere:
            await elsewhere.says("leading", within=60)
            async with program(env, watch.folder) as started:
                await watch.logs(started, "another replica has it")
                await watch.fires()
                maintenance = 'ALERTS{alertstate="firing", severity="warning"}'
                await watch.prometheus.holds(maintenance)
                found = await leaders(administrator, url)
                assert {each["query"].split("-- ")[1] for each in found} == {
                    "telegram",
                    "maintenance",
                }
                assert {each["client_addr"] for each in found} == {None}  # on this machine
                elsewhere.process.terminate()
                assert await elsewhere.ends(within=30) == 0
                await watch.ends()
        await administrator.close()


async def _wrong(port: int) -> dict[str, str]:
    """What `/readyz` says does not work."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/readyz", timeout=20)
    wrong: dict[str, str] = answer.json()["wrong"]
    return wrong

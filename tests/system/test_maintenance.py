"""Two programs with different channels on one PostgreSQL: one does the maintenance."""

import re
from pathlib import Path

import httpx

from bot.operation.maintenance import ELECTION_SECONDS
from tests.support.databases import SECRET_KEY
from tests.support.postgresql import PostgreSQL
from tests.support.processes import TOKEN, Program, environment, on_telegram, program
from tests.support.telegram.bot_api import BotApiServer
from tests.system.http_port import port_of

SAYS = "this replica does the maintenance"
STANDS_BY = re.compile(r'^(?=.*"lead": "maintenance").*another replica has it', re.MULTILINE)


async def leads(started: Program) -> bool:
    """Whether its metrics say that it does the maintenance; `/readyz` says that all is well."""
    url = f"http://127.0.0.1:{await port_of(started)}"
    async with httpx.AsyncClient() as client:
        lines = (await client.get(f"{url}/metrics")).text.splitlines()
        assert (await client.get(f"{url}/readyz")).status_code == 200
    return "olievlek_maintenance_leading 1.0" in lines


async def test_the_one_that_is_left_takes_over(
    tmp_path: Path, postgresql: PostgreSQL, template: str
) -> None:
    async with BotApiServer(TOKEN) as server, postgresql.database(template) as url:
        telegram = on_telegram(server, tmp_path, DATABASE_URL=url, SECRET_KEY=SECRET_KEY)
        web = environment(
            tmp_path,
            DATABASE_URL=url,
            SECRET_KEY=SECRET_KEY,
            WEB_CHAT="on",
            PUBLIC_URL="http://127.0.0.1:8080",
        )
        async with program(web, tmp_path) as first:
            await first.says(SAYS)
            await first.says("leading")
            async with program(telegram, tmp_path) as second:
                await second.says("another replica has it")
                await second.says("leading")  # its own channel
                assert STANDS_BY.search(second.log) and SAYS not in second.log
                assert (await leads(first), await leads(second)) == (True, False)
                await first.is_killed()
                await second.says(SAYS, within=ELECTION_SECONDS + 15)
                assert await leads(second)
                async with program(web, tmp_path) as back:
                    await back.says("leading")
                    await back.says("another replica has it")
                    second.process.terminate()
                    assert await second.ends() == 0
                    await back.says(SAYS, within=ELECTION_SECONDS + 15)
                    assert "Traceback" not in second.log + back.log

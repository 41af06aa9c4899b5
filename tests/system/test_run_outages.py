"""`olievlek run` while its database is away, full, or used by another."""

import asyncio
import re
import sqlite3
import tempfile
from pathlib import Path

import httpx
from sqlalchemy import make_url

from tests.support.full_disk import full_disk
from tests.support.postgresql import PostgreSQL
from tests.support.processes import (
    TOKEN,
    command,
    on_telegram,
    program,
)
from tests.support.telegram.bot_api import BotApiServer
from tests.system.http_port import port_of
from tests.system.telegram_person import joins


async def test_a_database_server_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="olie-") as folder:  # a socket's path must be short
        postgresql = PostgreSQL(Path(folder) / "pg")
        async with BotApiServer(TOKEN) as server, postgresql.database() as url:
            sanne = server.person()
            env = on_telegram(server, tmp_path, DATABASE_URL=url)
            async with program(env, tmp_path) as started:
                await started.says("leading")
                sanne.types("/start")
                await sanne.receives("In welke taal", timeout=20)
                ready = f"http://127.0.0.1:{await port_of(started)}/readyz"
                await postgresql.goes_away()
                await started.says("the lead is lost")
                await started.says("cannot ask for the lead")
                async with httpx.AsyncClient() as client:
                    answer = await client.get(ready, timeout=20)
                assert answer.status_code == 503 and "database" in answer.json()["wrong"]
                sanne.presses("Nederlands")  # while nobody can answer
                await asyncio.sleep(3)
                for lead in ("telegram", "maintenance"):
                    told = rf'^(?=.*"lead": "{lead}").*cannot ask for the lead'
                    # Closing, and gone.
                    assert 1 <= len(re.findall(told, started.log, re.MULTILINE)) <= 2
                await postgresql.comes_back()
                await sanne.receives("Wanneer mag ik", timeout=30)
                name = str(make_url(url).database)
                await asyncio.to_thread(postgresql.refuses_writes, name, refuses=True)
                await started.says("cannot begin")
                await asyncio.sleep(6)  # some three tries
                assert started.log.count("cannot begin") == 1
                await asyncio.to_thread(postgresql.refuses_writes, name, refuses=False)
                sanne.types("/ritme ma-zo 8:00")
                await sanne.receives("Je volgende uitdaging komt", timeout=30)
            assert "Traceback" not in started.log
        postgresql.stop()


async def test_a_database_that_is_held_by_another_is_told_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        async with program(on_telegram(server, tmp_path), tmp_path):
            await joins(sanne)
            sanne.types("/nu")
            await sanne.receives("Lef:")
            sanne.presses("Gedaan")
            await sanne.receives("gedaan is gedaan")
            holder = sqlite3.connect(tmp_path / "olievlek.db")
            holder.execute("BEGIN IMMEDIATE")
            sanne.types("Dit komt te vroeg")
            await sanne.receives("Het opslaan lukt nu even niet.", timeout=40)
            holder.rollback()
            holder.close()
            sanne.types("Dit wordt bewaard")
            await sanne.receives("Je reeks: 1 ronde.", timeout=10)


async def test_a_full_disk_is_told_once_and_everything_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        async with program(on_telegram(server, tmp_path), tmp_path) as started:
            base = f"http://127.0.0.1:{await port_of(started)}"
            await joins(sanne)
            async with httpx.AsyncClient(base_url=base) as client:
                with full_disk(started.process.pid):
                    async with asyncio.timeout(5):
                        while (ready := await client.get("/readyz")).status_code != 503:
                            await asyncio.sleep(0.1)
                    assert "telegram" not in ready.json()["wrong"]
                    assert ready.json()["wrong"]["database"] in ("disk I/O error", "File too large")
                    sanne.types("/nu")
                    sanne.types("/reeks")
                    await asyncio.sleep(2)  # looks, and answers that fail
                    for _ in range(5):
                        assert (await client.get("/readyz")).status_code == 503
                assert (await client.get("/readyz")).status_code == 200
            sanne.types("/nu")
            await sanne.receives("Lef:")
            assert started.log.count("the database cannot be used") == 1
            assert started.log.count("the database works again") == 1


async def test_one_bot_on_one_file_and_what_goes_on_beside_it(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        env = on_telegram(server, tmp_path)
        file = tmp_path / "olievlek.db"
        in_use = f"{file} wordt al gebruikt door een andere olievlek; stop die eerst"
        async with program(env, tmp_path) as first:
            await joins(sanne)
            await first.says("running")
            code, _, err = await command(env, tmp_path, "run")
            lines = [line for line in err.splitlines() if line.startswith("olievlek:")]
            assert (code, lines) == (2, [f"olievlek: OLIEVLEK_DATABASE_URL: {in_use}"])
            assert (await command(env, tmp_path, "db", "backup", "monday.db"))[0] == 0
            assert (await command(env, tmp_path, "sets", "list"))[0] == 0
            assert (await command(env, tmp_path, "db", "status"))[0] == 0
            here, there = f"sqlite+aiosqlite:///{file}", f"sqlite+aiosqlite:///{tmp_path / 'b.db'}"
            for words in (("restore", "monday.db", "--yes"), ("copy", here, there)):
                code, _, err = await command(env, tmp_path, "db", *words)
                assert (code, err) == (1, f"olievlek: {in_use}\n")
            who = f"telegram:{sanne.id}"
            assert (await command(env, tmp_path, "member", "erase", who, "--yes"))[0] == 0
            sanne.types("/reeks")
            await sanne.receives("/start")
            await first.is_killed()
        async with program(env, tmp_path) as second:
            await second.says("running")

"""How many claims a second several processes make at once, on PostgreSQL."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.claims import claim_all
from bench.crowd import NOW, SECRET_KEY, enrol
from bench.lines import Line
from bot.startup import open_database, prepare, unlock
from bot.store.members.vault import Vault
from tests.support.postgresql import PostgreSQL

DUE = 20_000


async def measure() -> list[Line]:
    """One, two and four of them, and one on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        alone = await _rate(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}", 1)
        server = PostgreSQL(Path(folder) / "pg")
        try:
            rates = {}
            for many in (1, 2, 4):
                async with server.database() as url:
                    rates[many] = await _rate(url, many)
        finally:
            server.stop()
    return [
        Line(
            "claims a second of 20,000 first nudges on PostgreSQL, against on SQLite",
            rates[1],
            alone,
            "/s",
            at_least=0.5,
        ),
        *_against_one(rates),
    ]


def _against_one(rates: Mapping[int, float]) -> list[Line]:
    return [
        Line(
            f"claims a second by {many} replicas on PostgreSQL, against 1",
            rates[many],
            rates[1],
            "/s",
        )
        for many in (2, 4)
    ]


async def _rate(url: str, many: int) -> float:
    async with open_database(url) as database:
        await prepare(database, Vault(SECRET_KEY), NOW)
        await enrol(database, DUE, DUE, "telegram")
        return await asyncio.to_thread(_claim_at_once, url, many)


def _claim_at_once(url: str, many: int) -> float:
    command = [sys.executable, "-m", "bench.replicas", url]
    pipe = subprocess.PIPE
    claiming = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(many)]
    for process in claiming:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in claiming:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    total = sum(int(process.communicate()[0]) for process in claiming)
    took = time.perf_counter() - began
    assert total == DUE, total
    return total / took


async def _claim(url: str) -> None:
    async with open_database(url) as database:
        await unlock(database, Vault(SECRET_KEY))
        print("ready", flush=True)
        sys.stdin.readline()
        print(await claim_all(database, NOW))


if __name__ == "__main__":
    asyncio.run(_claim(sys.argv[1]))

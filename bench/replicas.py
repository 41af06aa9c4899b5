"""How many claims a second several processes make at once, on PostgreSQL."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.claims import claim_all
from bench.crowd import NOW, SECRET_KEY, enrol
from bench.earlier import checkout
from bench.lines import Line
from bot.startup import open_database, prepare, unlock
from bot.store.members.vault import Vault
from tests.support.postgresql import PostgreSQL

DUE = 20_000
ROUNDS = 4
REPLICAS = (1, 2, 4)
EARLIER = "e2f5c35"  # the last commit before sets of trainers were chosen from
# How that commit measures the same; its server is its own.
EARLIER_RATE = """
import asyncio, sys, tempfile
from pathlib import Path
from bench.replicas import PostgreSQL, _rate

with tempfile.TemporaryDirectory() as folder:
    server = PostgreSQL(Path(folder) / "pg")
    try:
        print(asyncio.run(_rate(server, int(sys.argv[1]))))
    finally:
        server.stop()
"""


async def measure() -> list[Line]:
    """One, two and four of them, the same at an earlier commit, and one on SQLite."""
    rates: dict[int, list[float]] = {many: [] for many in REPLICAS}
    before: dict[int, list[float]] = {many: [] for many in REPLICAS}
    with tempfile.TemporaryDirectory() as folder, checkout(EARLIER) as earlier:
        alone = await _rate(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}", 1)
        for _ in range(ROUNDS):
            for many in REPLICAS:
                rates[many].append(await _rate_on_postgresql(many))
                before[many] += [await _earlier_rate(path, many) for path in earlier]
    return [
        Line(
            "claims a second of 20,000 first nudges on PostgreSQL, against on SQLite",
            max(rates[1]),
            alone,
            "/s",
            at_least=0.8,
        ),
        *_against_one(rates),
        *_against_earlier(rates, before),
    ]


def _against_one(rates: Mapping[int, Sequence[float]]) -> list[Line]:
    return [
        Line(
            f"claims a second by {many} replicas on PostgreSQL, against 1",
            max(rates[many]),
            max(rates[1]),
            "/s",
        )
        for many in (2, 4)
    ]


def _against_earlier(
    rates: Mapping[int, Sequence[float]], before: Mapping[int, Sequence[float]]
) -> list[Line]:
    return [
        Line(
            f"claims a second on PostgreSQL, replicas: {many}; against {EARLIER}",
            max(rates[many]),
            max(earlier),
            "/s",
            at_least=1,
        )
        for many, earlier in before.items()
        if earlier
    ]


async def _rate_on_postgresql(many: int) -> float:
    """A server of its own, as the earlier commit has: one that was used would tidy up meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        server = PostgreSQL(Path(folder) / "pg")
        try:
            async with server.database() as url:
                return await _rate(url, many)
        finally:
            server.stop()


async def _earlier_rate(root: Path, many: int) -> float:
    command = [sys.executable, "-c", EARLIER_RATE, str(many)]
    env = {**os.environ, "PYTHONPATH": str(root)}
    running = await asyncio.create_subprocess_exec(
        *command, cwd=root, env=env, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await running.communicate()
    return float(printed.splitlines()[-1])


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

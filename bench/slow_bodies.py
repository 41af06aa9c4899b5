"""The HTTP port under 5,000 clients that never finish what they post, beside the calm before it."""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.lines import Line
from bench.server import server
from bot.store.keys.master_key import new_secret_key

ROOT = Path(__file__).parents[1]
CLIENTS = 5_000
ROUNDS = 50
BACK_SECONDS = 5.0
SETTLE_SECONDS = 15.0
MAY_TAKE = 100.0  # ms
MAY_LOG = 10.0  # kB
WEBHOOK_SECRET = "a-secret-of-the-bench"
START = (
    b"POST /telegram/webhook HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n{"
)


@dataclass(frozen=True, slots=True)
class Slowest:
    """The slowest answers, in ms."""

    health: float
    delivery: float


async def measure() -> list[Line]:
    """`/healthz` and deliveries while each client that is closed comes back at once."""
    with tempfile.TemporaryDirectory() as folder, server() as line:
        log = Path(folder) / "log"
        async with _bot(line.url, Path(folder), log) as port:
            calm = await _slowest(port, first=1)
            command = [sys.executable, "-m", "bench.slow_bodies", str(port)]
            attackers = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
            await asyncio.sleep(SETTLE_SECONDS)
            attacked = await _slowest(port, first=1 + ROUNDS)
            attackers.terminate()
            await attackers.wait()
            logged = log.stat().st_size / 1e3
    name = f"slowest of {ROUNDS} `/healthz` with {CLIENTS:,} unfinished bodies"
    return [
        Line(f"{name}, against the 100 ms it may take", attacked.health, MAY_TAKE, "ms", at_most=1),
        Line(f"{name}, against the calm before it", attacked.health, calm.health, "ms"),
        Line(
            "slowest genuine delivery under the same, against the calm",
            attacked.delivery,
            calm.delivery,
            "ms",
        ),
        Line("log under the same, against the 10 kB it may be", logged, MAY_LOG, "kB", at_most=1),
    ]


@asynccontextmanager
async def _bot(api: str, folder: Path, log: Path) -> AsyncIterator[int]:
    """`olievlek run` behind a webhook; yields its HTTP port."""
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bench.db",
        "SECRET_KEY": new_secret_key(),
        "TELEGRAM_TOKEN": "123:abc",
        "TELEGRAM_API_URL": api,
        "TELEGRAM_WEBHOOK_URL": "https://bench.example.org",
        "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "HTTP_PORT": "0",
    }
    env = {**os.environ, **{f"OLIEVLEK_{name}": value for name, value in settings.items()}}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=env, cwd=ROOT, stderr=output
        )
    # As most systems have it; the bench may have more.
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (1_024, 1_024))
    try:
        async with asyncio.timeout(60):
            # Another program is waited for, which says in a file how far it is.
            while "leading" not in (text := log.read_text()):  # noqa: ASYNC110, ASYNC240
                await asyncio.sleep(0.05)
        [opened] = [line for line in text.splitlines() if "http port open" in line]
        port = int(opened.rpartition("port=")[2])
        async with asyncio.timeout(60), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            while (await http.get("/readyz")).status != 200:  # noqa: ASYNC110 - another program
                await asyncio.sleep(0.1)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _attack(port: int) -> None:
    """Has all clients attack, until it is ended."""
    _allow_descriptors(2 * CLIENTS)
    await asyncio.gather(*(_client(port, number) for number in range(CLIENTS)))


async def _client(port: int, number: int) -> None:
    """Begins a delivery and never ends it, again and again."""
    await asyncio.sleep(number / CLIENTS * BACK_SECONDS)
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(START)
                await reader.read()
            finally:
                writer.close()
        await asyncio.sleep(BACK_SECONDS)


async def _slowest(port: int, first: int) -> Slowest:
    health = delivery = 0.0
    headers = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
    connector = aiohttp.TCPConnector(force_close=True)  # each has to get in anew
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as http:
        for number in range(first, first + ROUNDS):
            began = time.perf_counter()
            async with http.get("/healthz") as answer:
                assert answer.status == 200
            health = max(health, time.perf_counter() - began)
            began = time.perf_counter()
            update = {"update_id": number, "message": _message(number)}
            while True:  # as Telegram does, until it is taken
                with suppress(aiohttp.ClientConnectionError):
                    async with http.post("/telegram/webhook", json=update, headers=headers) as sent:
                        assert sent.status == 200, sent.status
                        break
            delivery = max(delivery, time.perf_counter() - began)
    return Slowest(health * 1e3, delivery * 1e3)


def _message(number: int) -> dict[str, object]:
    """Returns a message from somebody else each time: replies in one chat go at one a second."""
    person = {"id": number, "first_name": "Sanne"}
    return {
        "message_id": 1,
        "date": 1_790_000_000,
        "chat": {**person, "type": "private"},
        "from": {**person, "is_bot": False, "language_code": "nl"},
        "text": "/help",
    }


def _allow_descriptors(count: int) -> None:
    """Lets this process, which is the clients, have so many connections open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


if __name__ == "__main__":
    asyncio.run(_attack(int(sys.argv[1])))

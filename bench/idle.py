"""What the bot costs while nothing happens, beside a bot of python-telegram-bot alone (Linux)."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.lines import Line
from bench.server import server
from bot.store.keys.master_key import new_secret_key

ROOT = Path(__file__).parents[1]
SETTLE_SECONDS = 15.0
IDLE_SECONDS = 150.0
TOKEN = "123:abc"


async def measure() -> list[Line]:
    """CPU and memory of both, which are idle at the same time, each polling a server of its own."""
    return await asyncio.to_thread(_measure)


def _measure() -> list[Line]:
    with _ours() as our_process, _bare() as bare_process:
        time.sleep(SETTLE_SECONDS)
        before = [_cpu_seconds(process) for process in (our_process, bare_process)]
        time.sleep(IDLE_SECONDS)
        after = [_cpu_seconds(process) for process in (our_process, bare_process)]
        ours, bare = (
            (end - begin) * 1e3 * 60 / IDLE_SECONDS
            for begin, end in zip(before, after, strict=True)
        )
        our_memory, bare_memory = _megabytes(our_process), _megabytes(bare_process)
    return [
        Line(
            "CPU a minute while idle, against python-telegram-bot alone",
            ours,
            bare,
            "ms",
            difference_at_most=30,  # 0.05 % of a core
        ),
        Line(
            "memory with Telegram alone on SQLite, against python-telegram-bot alone",
            our_memory,
            bare_memory,
            "MB",
            difference_at_most=32,  # 90 MB, where the other takes 58
        ),
    ]


@contextmanager
def _ours() -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder, server() as line:
        settings = {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bench.db",
            "SECRET_KEY": new_secret_key(),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": line.url,
            "HTTP_PORT": "0",
        }
        env = {**os.environ, **{f"OLIEVLEK_{name}": value for name, value in settings.items()}}
        with _running([sys.executable, "-m", "bot", "run"], env) as process:
            yield process


@contextmanager
def _bare() -> Iterator[int]:
    with server() as line:
        command = [sys.executable, "-m", "bench.bare_bot", line.url, TOKEN]
        with _running(command, dict(os.environ)) as process:
            yield process


@contextmanager
def _running(command: list[str], env: dict[str, str]) -> Iterator[int]:
    with subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended with {process.returncode}")
        finally:
            process.terminate()


def _cpu_seconds(process: int) -> float:
    """Returns the CPU time of all threads, to the nanosecond, as Linux keeps it."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return int(status["VmRSS"].split()[0]) / 1024

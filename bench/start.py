"""How long it takes to start: a command's help, and the bot's first poll."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.lines import Line
from bench.server import server
from bot.store.keys.master_key import new_secret_key

ROOT = Path(__file__).parents[1]
RUNS = 5
LIBRARIES = "import telegram, aiohttp, sqlalchemy.ext.asyncio, apscheduler"


async def measure() -> list[Line]:
    """`--help` and `run`."""
    return await asyncio.to_thread(_measure)


def _measure() -> list[Line]:
    libraries = best(_python("-c", LIBRARIES))
    with server() as line:

        def first_poll() -> float:
            line.set_up()
            return _first_poll(line.url, line.told)

        took = min(first_poll() for _ in range(RUNS))
    return [
        Line(
            "`olievlek --help`, against `import telegram`",
            best(_python("-m", "bot", "--help")) * 1e3,
            best(_python("-c", "import telegram")) * 1e3,
            "ms",
            at_most=0.5,
        ),
        Line(
            "`olievlek run` to its first poll, against importing its libraries",
            took * 1e3,
            libraries * 1e3,
            "ms",
            at_most=1.66,  # as it was before there were inboxes
        ),
    ]


def best(run: Callable[[], object]) -> float:
    """The shortest of some runs, in seconds."""
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def _python(*arguments: str) -> Callable[[], object]:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def _first_poll(url: str, told: Callable[[], dict[str, list[tuple[str, str, float]]]]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bench.db",
            "SECRET_KEY": new_secret_key(),
            "TELEGRAM_TOKEN": "123:abc",
            "TELEGRAM_API_URL": url,
            "HTTP_PORT": "0",
        }
        env = {**os.environ, **{f"OLIEVLEK_{name}": value for name, value in settings.items()}}
        began = time.monotonic()
        command = [sys.executable, "-m", "bot", "run"]
        with subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            while not (polls := [at for method, _, at in told()["log"] if method == "getUpdates"]):
                if process.poll() is not None:
                    raise RuntimeError(f"`olievlek run` ended with {process.returncode}")
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
        return polls[0] - began

"""How long it takes to start: a command's help, and the bot's first poll."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.earlier import ROOT, checkout
from bench.lines import Line
from bench.server import Line as ServerLine
from bench.server import server
from bot.store.keys.master_key import new_secret_key

RUNS = 5
EARLIER = "88bc1a1"  # the last commit before there were inboxes
LIBRARIES = "import telegram, aiohttp, sqlalchemy.ext.asyncio, apscheduler"


async def measure() -> list[Line]:
    """`--help` and `run`."""
    return await asyncio.to_thread(_measure)


def _measure() -> list[Line]:
    libraries = best(_python("-c", LIBRARIES))
    with server() as line, checkout(EARLIER) as earlier:
        took, *before = _first_polls([ROOT, *earlier], line)
    return [
        Line(
            "`olievlek --help`, against `import telegram`",
            best(_python("-m", "bot", "--help")) * 1e3,
            best(_python("-c", "import telegram")) * 1e3,
            "ms",
            at_most=0.5,
        ),
        *(
            Line(
                f"`olievlek run` to its first poll, against {EARLIER}, which had no inboxes",
                took * 1e3,
                earlier_took * 1e3,
                "ms",
                at_most=1,
            )
            for earlier_took in before
        ),
        Line(
            "`olievlek run` to its first poll, against importing its libraries",
            took * 1e3,
            libraries * 1e3,
            "ms",
        ),
    ]


def _first_polls(checkouts: Sequence[Path], line: ServerLine) -> list[float]:
    """Returns the shortest times of each, in seconds; they take turns."""
    took = [[_first_poll(checkout, line) for checkout in checkouts] for _ in range(RUNS)]
    return [min(times) for times in zip(*took, strict=True)]


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


def _first_poll(checkout: Path, line: ServerLine) -> float:
    line.set_up()
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bench.db",
            "SECRET_KEY": new_secret_key(),
            "TELEGRAM_TOKEN": "123:abc",
            "TELEGRAM_API_URL": line.url,
            "HTTP_PORT": "0",
        }
        env = {**os.environ, **{f"OLIEVLEK_{name}": value for name, value in settings.items()}}
        env["PYTHONPATH"] = str(checkout)
        began = time.monotonic()
        command = [sys.executable, "-m", "bot", "run"]
        with subprocess.Popen(command, env=env, cwd=checkout, stderr=subprocess.DEVNULL) as process:
            while not (polls := _polls(line)):
                if process.poll() is not None:
                    raise RuntimeError(f"`olievlek run` ended with {process.returncode}")
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
        return polls[0] - began


def _polls(line: ServerLine) -> list[float]:
    return [at for method, _, at in line.told()["log"] if method == "getUpdates"]

"""`make bench`: prints a table, and writes it to bench/results.md with machine and versions.

`python -m bench wave memory` measures some parts only, and writes nothing.
"""

import asyncio
import os
import platform
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import claims, memory, presses, replicas, start, wave
from bench.lines import Line
from bot.logs import set_up_logs

PARTS: dict[str, Callable[[], Awaitable[list[Line]]]] = {
    "wave": wave.measure,
    "claims": claims.measure,
    "memory": memory.measure,
    "presses": presses.measure,
    "start": start.measure,
    "replicas": replicas.measure,
}
PACKAGES = ("python-telegram-bot", "aiohttp", "httpx", "sqlalchemy", "aiosqlite", "asyncpg")
NOTES = """
The baseline of each line is from the same run. A wave counts from claim to receipt, on SQLite, for
members with ten rounds behind them; its server and the bot each have a core. Claims are the
shortest of five days, a wave the best of three. A press counts from the moment that Telegram hands
it over until the nudge is changed and the question is there. Memory is the most that the process
ever held.
"""


async def main(names: list[str]) -> int:
    """Measures, prints and writes; 1 when a line is not as asked."""
    set_up_logs("ERROR", "console", [])
    if unknown := [name for name in names if name not in PARTS]:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    lines: list[Line] = []
    heads = ["| what | ours | baseline | ratio | wanted | |", "|---|---|---|---|---|---|"]
    print("\n".join(heads))
    for name, measure in PARTS.items():
        if not names or name in names:
            for line in await measure():
                print(line.row(), flush=True)
                lines.append(line)
    if not names:
        table = "\n".join([*heads, *(line.row() for line in lines)])
        packages = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
        head = (
            f"# Measurements\n\n{datetime.now(UTC):%d %B %Y}, {platform.machine()}, "
            f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}.\n\n"
        )
        Path(__file__).with_name("results.md").write_text(f"{head}{table}\n{NOTES}")
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))

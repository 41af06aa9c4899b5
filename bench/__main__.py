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

from bench import (
    boards,
    choosing,
    claims,
    digests,
    floods,
    idle,
    matrix,
    memory,
    pages,
    presses,
    replicas,
    retention,
    slow_bodies,
    start,
    streams,
    wave,
    years,
)
from bench.lines import Line
from bench.regressions import committed_ratios, regressions
from bot.operation.logs import set_up_logs

PARTS: dict[str, Callable[[], Awaitable[list[Line]]]] = {
    "wave": wave.measure,
    "claims": claims.measure,
    "choosing": choosing.measure,
    "memory": memory.measure,
    "presses": presses.measure,
    "floods": floods.measure,
    "start": start.measure,
    "replicas": replicas.measure,
    "matrix": matrix.measure,
    "boards": boards.measure,
    "pages": pages.measure,
    "digests": digests.measure,
    "idle": idle.measure,
    "slow-bodies": slow_bodies.measure,
    "years": years.measure,
    "retention": retention.measure,
    "streams": streams.measure,
}
PACKAGES = (
    "python-telegram-bot",
    "aiohttp",
    "httpx",
    "sqlalchemy",
    "aiosqlite",
    "asyncpg",
    "matrix-nio",
)
NOTES = """
The baseline of each line is from the same run. A line without a wish is for information.

- A wave counts from claim to receipt, on SQLite, for members with ten rounds and their receipts
  behind them, in the best of three. Its server has a process, and on two cores a core, of its own.
  The line after it says that the server is not what holds it up.
- Claims are of 1,000 due members, the shortest of five days; each day comes to all sizes in turn.
- Choosing is measured as part of a claim, the shortest of fifteen days, with 2 sets of 10
  challenges against 20 sets of 100. The push is of two files of 500, the most that one may hold.
- Memory is the most that the process held at any moment, with 1,000 nudges sent to nowhere. To be
  ready is from opening the database to a scheduler that runs.
- A press (*done*) counts from the moment that Telegram hands it over until the nudge is changed and
  the press is answered, which comes after the question that follows. Server and bot keep to 30
  messages a second, except where there is no limit; the wave reaches other people than press.
  Beside a stuck chat and without one it is the shortest p99 of three runs, in turn.
- In a flood the same press is measured while one member types 1,000 messages within 10 s, and while
  100 strangers type 10,000. Every press is answered. The memory is the most that the process held
  more than before.
- `olievlek run` starts on a new database, so it makes the tables as well. The earlier commit has
  the same libraries and takes turns with this one.
- Replicas are processes that claim 20,000 due members between them, the best of four; with more of
  them than cores they are in each other's way. The earlier commit takes turns with this one.
- On Matrix there is one person with one device in each room, on a Synapse of its own without limits
  on the same two cores. The best of three; both send 50 at once, with keys that were shared before.
  In a cold room they were not: the device is asked for and a one-time key claimed.
- The team of 300 has 104 closed weeks and a running one of five rounds each; each member has 200
  nudges. It is measured beside 4,999 teams of six, as the first look in its week, which also notes
  who counts. Other looks are the shortest of twenty, on SQLite in CPU of the process. Its 300 ms
  are a bound and no baseline.
- Idle is two and a half minutes without a message, after the first fifteen seconds. The bot of
  python-telegram-bot alone polls a server of its own at the same time and knows one command.
- Each of the 5,000 begins to post, sends no more, and comes back five seconds after it was
  closed. The bot has the usual 1,024 descriptors.
- A digest is two messages, and a group takes one every three seconds. 400 messages at 30 a second
  are 13.3 s; the 15 s are a bound and no baseline.
- Streams are pages of the chat that follow what comes, each on a connection of its own, to one
  process with 8,192 descriptors. The wave counts until the last page has its challenge; on
  Telegram until the last receipt, if Telegram had no limits. At its 30 a second 5,000 take 167 s.
- The page has the last 20 of 260 rounds, with a reflection each, and 40 messages of today. Its
  50 ms and 100 kB are bounds and no baselines.
- Years: everybody has a round a week, of which four in five were done, with three receipts each
  and a reflection of 170 characters for each that was done.
"""


RESULTS = Path(__file__).with_name("results.md")


async def main(names: list[str]) -> int:
    """Measures, prints and writes; 1 when a line is not as asked, or worse than committed."""
    committed = committed_ratios(RESULTS.read_text())
    set_up_logs("ERROR", "console")
    if unknown := [name for name in names if name not in PARTS]:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    lines: list[Line] = []
    heads = ["| what | ours | baseline | ratio | wanted | verdict |", "|---|---|---|---|---|---|"]
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
        RESULTS.write_text(f"{head}{table}\n{NOTES}")
    worse = regressions(lines, committed)
    for sentence in worse:
        print(sentence, file=sys.stderr)
    return 0 if all(line.holds for line in lines) and not worse else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))

"""`make bench`: prints a table, and writes it to bench/results.md with machine and versions."""

import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.claims import claim_seconds
from bot.logs import set_up_logs

ROOT = Path(__file__).parents[1]
RUNS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement: ours, its baseline, and the ratio it should stay within."""

    name: str
    ours: float
    baseline: float
    at_most: float

    def row(self) -> str:
        """As a row of a Markdown table; durations in milliseconds."""
        ratio = self.ours / self.baseline
        verdict = "ok" if ratio <= self.at_most else "too slow"
        return (
            f"| {self.name} | {self.ours * 1e3:.1f} | {self.baseline * 1e3:.1f} "
            f"| {ratio:.2f} | {self.at_most:g} | {verdict} |"
        )


def best(run: Callable[[], object], runs: int = RUNS) -> float:
    """The shortest of some runs, in seconds."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def _python(*arguments: str) -> Callable[[], object]:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def measure() -> list[Line]:
    """All measurements."""
    few, many = (asyncio.run(claim_seconds(enrolled)) for enrolled in (1_000, 100_000))
    return [
        Line(
            "`olievlek --help`, against `import telegram`",
            best(_python("-m", "bot", "--help")),
            best(_python("-c", "import telegram")),
            0.5,
        ),
        Line("claim 1,000 due among 100,000 members, against 1,000", many, few, 1.3),
    ]


def main() -> None:
    """Measures, prints and writes."""
    set_up_logs("ERROR", "console", [])
    lines = measure()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("python-telegram-bot", "sqlalchemy", "typer")
    )
    table = "\n".join(
        [
            "| what | ours, ms | baseline, ms | ratio | at most | |",
            "|---|---|---|---|---|---|",
            *(line.row() for line in lines),
        ]
    )
    print(table)
    head = (
        f"# Measurements\n\n{datetime.now(UTC):%d %B %Y}, {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}. "
        "Shortest of several runs.\n\n"
    )
    (ROOT / "bench" / "results.md").write_text(f"{head}{table}\n")


if __name__ == "__main__":
    main()

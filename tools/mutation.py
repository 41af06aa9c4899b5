"""`make mutation`: the score of each module in bot/core, from what mutmut left in mutants/."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

MUTANTS = Path(__file__).parents[1] / "mutants" / "bot" / "core"
# mutmut's exit codes: pytest failed (1) or broke (3); it passed; nothing ran the line.
OUTCOMES = {0: "survived", 1: "killed", 3: "killed", 5: "untested", 33: "untested"}
TIMEOUT = "timeout"  # the other codes: signals, of which a time limit sends SIGXCPU
UNCHECKED = "unchecked"
COLUMNS = ("killed", TIMEOUT, "survived", "untested", UNCHECKED)


def outcomes(meta: Path) -> dict[str, str]:
    """Returns the outcome of each mutant of a module, by its name."""
    codes: dict[str, int | None] = json.loads(meta.read_text())["exit_code_by_key"]
    return {
        name: UNCHECKED if code is None else OUTCOMES.get(code, TIMEOUT)
        for name, code in codes.items()
    }


def score(results: Iterable[str]) -> float:
    """Returns the share (0..1) of the mutants that a test noticed; a timeout counts as noticed."""
    counts = Counter(results)
    return (counts["killed"] + counts[TIMEOUT]) / max(counts.total(), 1)


def main() -> None:
    """Prints a row for each module, and the mutants that no test noticed."""
    table = Table("module", *COLUMNS, "score")
    everything: dict[str, str] = {}
    for meta in sorted(MUTANTS.rglob("*.py.meta")):
        module = outcomes(meta)
        everything |= module
        name = str(meta.relative_to(MUTANTS)).removesuffix(".meta")
        _add_row(table, name, list(module.values()))
    _add_row(table, "all", list(everything.values()))
    console = Console()
    console.print(table)
    for name, outcome in everything.items():
        if outcome in ("survived", "untested"):
            console.print(f"{outcome}: {name}", highlight=False)


def _add_row(table: Table, name: str, results: list[str]) -> None:
    counts = Counter(results)
    table.add_row(name, *(str(counts[column]) for column in COLUMNS), f"{score(results):.1%}")


if __name__ == "__main__":
    main()

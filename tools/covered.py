"""Says how much of the code the tests ran, and fails where that is too little.

`make test` has SlipCover measure it, which rewrites the bytecode and takes its probes out again
once they were hit; the tests take a tenth longer, and with a trace function they took two thirds
longer.
"""

import json
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
MEASURED = PROJECT / "build" / "coverage.json"
ENTRY_POINTS = {"bot/__main__.py"}  # which only programs run, and those are not measured
# The share of lines and branches that must have run, in percent, by where the code is.
BOUNDS = {"bot/": 90.0, "bot/core/": 100.0}
SUMMED = ("covered_lines", "covered_branches", "missing_lines", "missing_branches")


def share(files: dict[str, dict[str, Any]]) -> float:
    """Returns which share of the lines and branches of these files ran, in percent."""
    lines, branches, *missing = (
        sum(int(file["summary"][name]) for file in files.values()) for name in SUMMED
    )
    ran = lines + branches
    return 100 * ran / max(1, ran + sum(missing))


def main() -> int:
    """Prints the files with gaps and the shares; returns 1 when one is below its bound."""
    files: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text())["files"]
    for name, file in sorted(files.items()):
        if gaps := file["missing_lines"] + [f"{a}->{b}" for a, b in file["missing_branches"]]:
            print(f"{name}: {share({name: file}):.0f} %, without {', '.join(map(str, gaps))}")
    code = {str(path.relative_to(PROJECT)) for path in (PROJECT / "bot").rglob("*.py")}
    for name in sorted(code - files.keys() - ENTRY_POINTS):
        print(f"{name}: no test imports it")
    too_low = bool(code - files.keys() - ENTRY_POINTS)
    for folder, bound in BOUNDS.items():
        within = {name: file for name, file in files.items() if name.startswith(folder)}
        ran = share(within)
        print(f"{folder} {ran:.2f} % of {len(within)} files; at least {bound:.0f} %")
        too_low |= ran < bound or not within
    return int(too_low)


if __name__ == "__main__":
    sys.exit(main())

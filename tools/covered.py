"""Says how much of the code the tests ran, and fails where that is too little.

SlipCover measures it: it rewrites the bytecode, and takes its probes out again once they were hit.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
MEASURED = PROJECT / "build" / "coverage.json"
ENTRY_POINTS = {"bot/__main__.py"}  # which only programs run, and those are not measured
# The share of lines and branches that must have run, in percent, by where the code is.
BOUNDS = {"bot": 90.0, "bot/core": 100.0}
SUMMED = ("covered_lines", "covered_branches", "missing_lines", "missing_branches")


def share(files: dict[str, dict[str, Any]]) -> float:
    """Returns which share of the lines and branches of these files ran, in percent."""
    lines, branches, *missing = (
        sum(int(file["summary"][name]) for file in files.values()) for name in SUMMED
    )
    ran = lines + branches
    return 100 * ran / max(1, ran + sum(missing))


def main(folders: Sequence[str]) -> int:
    """Prints the files with gaps and the shares of these folders; returns 1 if one is too low."""
    measured: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text())["files"]
    too_low = False
    for name, file in sorted(measured.items()):
        if gaps := file["missing_lines"] + [f"{a}->{b}" for a, b in file["missing_branches"]]:
            print(f"{name}: {share({name: file}):.0f} %, without {', '.join(map(str, gaps))}")
    for folder in folders:
        code = {str(path.relative_to(PROJECT)) for path in (PROJECT / folder).rglob("*.py")}
        never = code - measured.keys() - ENTRY_POINTS
        for name in sorted(never):
            print(f"{name}: no test imports it")
        within = {name: file for name, file in measured.items() if name in code}
        ran = share(within)
        print(f"{folder} {ran:.2f} % of {len(within)} files; at least {BOUNDS[folder]:.0f} %")
        too_low |= bool(never) or ran < BOUNDS[folder] or not within
    return int(too_low)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

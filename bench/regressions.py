"""What became worse since the results that are committed.

Machines differ, so seconds of one day say nothing beside those of another. The ratio of a line to
its own baseline, which was measured in the same run, does.
"""

import re
from collections.abc import Iterable, Mapping

from bench.lines import Line

TOLERANCE = 0.15
ROW = re.compile(r"^\| (?P<name>.+?) \| [^|]+ \| [^|]+ \| (?P<ratio>[\d.]+) \|", re.MULTILINE)


def committed_ratios(results: str) -> dict[str, float]:
    """Returns the ratio of each line in a table of results, by the line's name."""
    return {row["name"]: float(row["ratio"]) for row in ROW.finditer(results)}


def regressions(lines: Iterable[Line], committed: Mapping[str, float]) -> list[str]:
    """Returns a sentence for each line whose ratio is more than 15 % worse than committed.

    Worse is lower for what is counted per second, and higher for seconds and megabytes. Lines that
    are not in `committed`, or whose committed ratio rounds to nothing, are left out.
    """
    worse = []
    for line in lines:
        before = committed.get(line.name)
        if not before:
            continue
        change = before / line.ratio - 1 if line.unit == "/s" else line.ratio / before - 1
        if change > TOLERANCE:
            worse.append(
                f"{change:.0%} worse: {line.name} (ratio {before:.2f}, now {line.ratio:.2f})"
            )
    return worse

"""`make year`: simulates the year, and writes the table and the picture in docs/."""

import asyncio
import sys
import tempfile
from pathlib import Path

from bot.operation.logs import set_up_logs
from tools.year.figures import figures_by_kind, table
from tools.year.people import KINDS
from tools.year.picture import draw_year
from tools.year.simulation import lives

DOCS = Path(__file__).parents[2] / "docs"
PAGE = """# A simulated year

`make year` lets two hundred people live through 2026 in the real store, with the bundled
challenges: their challenges are claimed, answered, swapped and missed by the bot's own code,
and only the clock and the people are made up. Who they are and what they do is in
[tools/year/people.py](../tools/year/people.py). The people at the desk tell the bot nothing; it
learns from what they say does not suit their work. Whoever fell silent and was asked about their
pace comes back within two weeks.

![For each kind of person, the share of each daring in each month.](year.png)

{table}

A row is an average over the people of a kind, except for what says *most*, which is
about anybody. A test lives a shorter year with fewer people, and fails when anybody sees more
than three of daring 3 in any twelve, or somebody shy more than one.
"""


def main() -> None:
    """Simulates the year, and writes the page and the picture."""
    set_up_logs("ERROR", "console")
    with tempfile.TemporaryDirectory() as folder:
        rows = figures_by_kind(asyncio.run(lives(Path(folder), KINDS)))
    (DOCS / "year.md").write_text(PAGE.format(table=table(rows)))
    (DOCS / "year.png").write_bytes(draw_year(rows))
    sys.stdout.write(f"{table(rows)}\n")


if __name__ == "__main__":
    main()

"""Some weeks of simulated people in the real store; `make year` lives a whole year."""

from itertools import pairwise
from pathlib import Path

from bot.core.rounds import Outcome
from tools.year.figures import figures_by_kind, most_of_boldest
from tools.year.people import KINDS
from tools.year.simulation import lives


async def test_nobody_sees_too_much_of_the_highest_daring(tmp_path: Path) -> None:
    lived = await lives(tmp_path, KINDS, scale=0.02, days=120)
    by_kind = {row.kind: row for row in figures_by_kind(lived)}
    assert all(row.boldest_of_twelve <= 3 for row in by_kind.values())
    assert by_kind["diligent"].boldest_of_twelve == 3
    assert by_kind["shy"].boldest_of_twelve <= 1
    for life in lived:
        darings = [nudge.challenge.daring for nudge in life.nudges]
        assert most_of_boldest(life.nudges) <= 3
        assert all(darings[n : n + 4].count(3) <= 1 for n in range(len(darings)))
        opened = [nudge for nudge in life.nudges if nudge.open_until is not None]
        for earlier, later in pairwise(opened):
            assert earlier.answer or later.day > (earlier.last_day or later.day)
    [ill] = [life for life in lived if life.kind.name == "ill in spring"]
    assert Outcome.MISSED not in {
        past.outcome
        for past in ill.rounds
        if ill.kind.away and past.day >= ill.kind.away[0] and past.day <= ill.kind.away[1]
    }

"""Some weeks of simulated people in the real store; `make year` lives a whole year."""

from itertools import pairwise
from pathlib import Path

import pytest

from bot.core.challenges.fit import Tag
from tools.year.figures import figures_by_kind, most_of_boldest
from tools.year.people import KINDS
from tools.year.simulation import lives

DAYS = 70
KINDS_LIVED = [kind for kind in KINDS if kind.name in ("diligent", "shy", "at the desk")]


@pytest.mark.slow
async def test_nobody_sees_too_much_of_the_highest_daring(tmp_path: Path) -> None:
    lived = await lives(tmp_path, KINDS_LIVED, scale=0.02, days=DAYS)
    by_kind = {row.kind: row for row in figures_by_kind(lived)}
    assert by_kind["diligent"].boldest_of_twelve == 3
    assert by_kind["shy"].boldest_of_twelve <= 1
    for life in lived:
        darings = [nudge.challenge.daring for nudge in life.nudges]
        assert most_of_boldest(life.nudges) <= 3
        assert all(darings[n : n + 4].count(3) <= 1 for n in range(len(darings)))
        opened = [nudge for nudge in life.nudges if nudge.open_until is not None]
        assert opened
        for earlier, later in pairwise(opened):
            assert earlier.answer or later.day > (earlier.last_day or later.day)


@pytest.mark.slow
async def test_what_does_not_suit_is_learned_in_some_weeks(tmp_path: Path) -> None:
    [desk] = [kind for kind in KINDS if kind.name == "at the desk"]
    [life] = await lives(tmp_path, [desk], scale=0.01, days=DAYS)
    outdoors = [n for n, nudge in enumerate(life.nudges) if Tag.WALKING in nudge.challenge.fits]
    assert len(outdoors) <= 2  # it may not be known at once what did not suit

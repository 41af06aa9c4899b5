"""The picture of /reeks."""

from collections import Counter
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.core.streaks.rounds import Outcome, Round
from bot.pictures import heatmap
from bot.pictures.contents import HeatmapLegend
from bot.pictures.heatmap import LEFT, SIDE, STEP, TOP
from bot.pictures.palette import HeatmapColour as Colour

TODAY = date(2026, 11, 24)  # a Tuesday
LEGEND = HeatmapLegend("gedaan", "geprobeerd", "gemist", "joker", "geen ronde")
MONTHS = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
DAYS = ["ma", "di", "wo", "do", "vr", "za", "zo"]


def colours(rounds: list[Round], day: date, jokers: tuple[date, ...] = ()) -> set[str]:
    """The clear colours in the square of `day`."""
    png = heatmap.draw_heatmap(rounds, jokers, TODAY, LEGEND, MONTHS, DAYS)
    with Image.open(BytesIO(png)) as image:
        assert image.size == (1080, 530)
        monday = TODAY - timedelta(days=TODAY.isoweekday() - 1, weeks=25)
        week, weekday = divmod((day - monday).days, 7)
        left, top = LEFT + week * STEP, TOP + weekday * STEP
        square = image.crop((left, top, left + SIDE, top + SIDE)).convert("RGB")
    pixels = square.tobytes()
    counted = Counter(pixels[n : n + 3].hex() for n in range(0, len(pixels), 3))
    return {f"#{colour}" for colour, count in counted.items() if count > 8}


def near(one: str, other: str) -> bool:
    """Whether two colours are the same, but for what making the picture smaller does to lines."""
    parts = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return all(abs(a - b) <= 8 for a, b in parts)


@pytest.mark.parametrize(
    ("outcome", "colour"),
    [
        (Outcome.DONE, Colour.DONE),
        (Outcome.TRIED, Colour.TRIED),
        (Outcome.MISSED, Colour.MISSED),
        (Outcome.NEUTRAL, Colour.REST),
        (Outcome.OPEN, Colour.REST),
    ],
)
def test_every_outcome_has_a_colour_of_its_own(outcome: Outcome, colour: str) -> None:
    day = TODAY - timedelta(days=5)
    found = colours([Round(day, 2, outcome)], day)
    assert any(near(colour, one) for one in found), found


def test_the_joker_is_shown() -> None:
    day = TODAY - timedelta(days=5)
    found = colours([Round(day, 2, Outcome.MISSED)], day, (day,))
    assert any(near(Colour.JOKER, one) for one in found), found


def test_what_lies_further_back_is_left_out() -> None:
    long_ago = Round(TODAY - timedelta(days=400), 2, Outcome.DONE)
    assert Colour.DONE not in colours([long_ago], TODAY)
    assert Colour.REST in colours([long_ago], TODAY)


def test_a_day_with_two_rounds_shows_the_better_one() -> None:
    rounds = [Round(TODAY, 2, Outcome.DONE), Round(TODAY, 2, Outcome.MISSED)]
    assert Colour.DONE in colours(rounds, TODAY)


def test_tomorrow_is_not_there_yet() -> None:
    assert colours([], TODAY + timedelta(days=1)) == {"#ffffff"}

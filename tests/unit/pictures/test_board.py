"""The picture of /team bord."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image, ImageColor

from bot.core.streaks.team_board import Board, TeamWeek, WeekMark
from bot.pictures import board as pictures
from bot.pictures.board import WEEKS_TOP, WIDTH, draw_board
from bot.pictures.contents import BoardLegend
from bot.pictures.palette import BoardColour

TODAY = date(2026, 11, 25)
BACKGROUND = ImageColor.getrgb(BoardColour.BACKGROUND)
THIS_MONDAY = date(2026, 11, 23)
MONTHS = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
LEGEND = BoardLegend(
    title="Teambord",
    streak="weken op rij",
    line="Vorige week deden de meesten mee.",
    reach="De stippellijn: 13 weken waarin de meesten meedoen.",
    weeks="Week na week",
    marks={
        WeekMark.MOST: "de meesten",
        WeekMark.HALF: "de helft",
        WeekMark.BELOW: "minder",
        WeekMark.QUIET: "geen cijfers",
        WeekMark.RUNNING: "loopt nog",
    },
    now="nu",
    themes="Thema’s van de laatste twaalf weken",
)
BIG_DROP = (0, 200, 540, WEEKS_TOP - 20)
MOST, HALF, BELOW, QUIET = WeekMark.MOST, WeekMark.HALF, WeekMark.BELOW, WeekMark.QUIET


def board(
    past: list[WeekMark], team: str = "Wijkteam Oost", themes: frozenset[str] = frozenset()
) -> Board:
    """A team's board; every week touched all `themes`."""
    weeks = tuple(
        TeamWeek(THIS_MONDAY - timedelta(weeks=len(past) - n), mark, themes)
        for n, mark in enumerate(past)
    )
    return Board(team, weeks, 5, TODAY)


def drawn(shown: Board, titles: dict[str, str] | None = None) -> bytes:
    """The file."""
    return draw_board(shown, LEGEND, titles or {}, MONTHS)


def opened(content: bytes) -> Image.Image:
    """The picture in the file, of which nothing is transparent."""
    with Image.open(BytesIO(content)) as image:
        assert image.mode in ("RGB", "P")
        assert "transparency" not in image.info
        return image.convert("RGB")


def oil(image: Image.Image, box: tuple[int, int, int, int] = BIG_DROP) -> int:
    """How many pixels in `box` are oil: what is more red than blue."""
    red, _, blue = image.crop(box).split()
    pairs = zip(red.tobytes(), blue.tobytes(), strict=True)
    return sum(r > b + 40 for r, b in pairs)


MOMENTS = {
    "new": board([]),
    "small": board([QUIET, QUIET]),
    "below": board([MOST, BELOW]),
    "most": board([MOST, BELOW, MOST], themes=frozenset({"lef", "toeval"})),
    "two years": board([(MOST, HALF, MOST)[n % 3] for n in range(104)]),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_is_as_wide_as_a_phone_and_not_transparent(moment: str) -> None:
    image = opened(drawn(MOMENTS[moment]))
    assert image.width == WIDTH
    assert image.height <= 1.6 * WIDTH
    corners = {(x, y) for x in (0, WIDTH - 1) for y in (0, image.height - 1)}
    assert {image.getpixel(corner) for corner in corners} == {BACKGROUND}


def test_every_moment_of_a_team_looks_different() -> None:
    """But for the first two, which differ in what they say."""
    assert drawn(MOMENTS["new"]) == drawn(MOMENTS["small"])
    assert len({drawn(shown) for shown in MOMENTS.values()}) == len(MOMENTS) - 1


# The drop


def test_a_new_team_and_a_small_one_have_no_oil_yet() -> None:
    assert oil(opened(drawn(MOMENTS["new"]))) == 0
    assert oil(opened(drawn(MOMENTS["small"]))) == 0


def test_the_area_follows_what_each_week_added() -> None:
    one = oil(opened(drawn(board([MOST]))))
    half = oil(opened(drawn(board([HALF]))))
    thirteen = oil(opened(drawn(board([MOST] * 13))))
    assert half == pytest.approx(one / 2, rel=0.03)
    assert thirteen == pytest.approx(one * 13, rel=0.03)


def test_the_drop_grows_from_week_to_week() -> None:
    weeks = [HALF, MOST, HALF, MOST]
    areas = [oil(opened(drawn(board(weeks[:n])))) for n in range(len(weeks) + 1)]
    assert all(before < after for before, after in pairwise(areas))


def test_past_a_full_outline_the_drop_goes_on_at_half_the_area() -> None:
    full = oil(opened(drawn(board([MOST] * 13))))
    beyond = oil(opened(drawn(board([MOST] * 14))))
    assert beyond == pytest.approx(full * 14 / 26, rel=0.03)


def test_the_area_of_a_small_drop_is_what_its_week_added() -> None:
    image = opened(drawn(board([MOST, HALF, BELOW, QUIET])))
    lefts = [int(pictures.MARGIN + n * pictures.CELL) for n in range(5)]
    most, half, below, quiet, running = (
        oil(image, (left, WEEKS_TOP + 50, left + int(pictures.CELL), pictures.WEEK_FOOT + 4))
        for left in lefts
    )
    assert half == pytest.approx(most / 2, rel=0.05)
    assert (below, quiet, running) == (0, 0, 0)


# Words


@pytest.mark.parametrize(
    "team",
    [
        "",
        "🚀🎉",
        "צוות מזרח",
        "فريق الشرق \u202e Oost",
        "W" * 500,
        "Team\nzonder\x00grens",
        "Coördinatie één café – ‘Oost’",
    ],
)
def test_no_name_breaks_the_picture(team: str) -> None:
    assert opened(drawn(board([MOST], team=team))).size == opened(drawn(board([MOST]))).size


def test_a_long_name_stays_within_the_margin() -> None:
    image = opened(drawn(board([MOST], team="Programmateam " * 30)))
    edge = image.crop((WIDTH - pictures.MARGIN + 2, 0, WIDTH, 200))
    assert edge.getcolors() == [(edge.width * edge.height, BACKGROUND)]


def test_twelve_themes_with_long_titles_fit() -> None:
    themes = {f"thema-{n:02}": f"Improviseer en benut kansen {n:02}" for n in range(12)}
    image = opened(drawn(board([MOST] * 12, themes=frozenset(themes)), themes))
    assert image.height <= 2400


def test_of_more_themes_than_fit_the_rest_is_counted() -> None:
    themes = frozenset(f"thema-{n:02}" for n in range(40))
    wide = dict.fromkeys(themes, "Een titel die een hele regel van het bord vraagt, en meer")
    image = opened(drawn(board([BELOW, QUIET, MOST], themes=themes), wide))
    assert image.height < 2600
    assert image.getpixel((WIDTH // 2, image.height - 10)) == BACKGROUND


def test_a_theme_without_a_legible_title_goes_by_its_name() -> None:
    themes = frozenset({"lef"})
    named = drawn(board([MOST], themes=themes))
    assert drawn(board([MOST], themes=themes), {"lef": "🚀"}) == named


def test_no_letter_is_too_small_for_a_phone() -> None:
    sizes = [pictures.SMALLEST, pictures.PLAIN, pictures.LARGE, *pictures.NAMES]
    assert min(sizes) >= 36


def test_what_the_marks_mean_goes_on_on_a_second_line() -> None:
    wordy = replace(LEGEND, marks=dict.fromkeys(WeekMark, "woorden genoeg voor een regel"))
    shown = board([MOST, BELOW, QUIET])
    taller = opened(draw_board(shown, wordy, {}, MONTHS)).height
    assert taller > opened(drawn(shown)).height


# Colours


def lightness(colour: str) -> float:
    """The relative luminance, as WCAG defines it."""
    parts = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio, as WCAG defines it: 1..21."""
    dark, light = sorted([lightness(one), lightness(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (BoardColour.TEXT, BoardColour.BACKGROUND),
        (BoardColour.MUTED, BoardColour.BACKGROUND),
        (BoardColour.OIL, BoardColour.BACKGROUND),
        (BoardColour.TEXT, BoardColour.SURFACE),
    ],
)
def test_words_stand_out_from_what_they_stand_on(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


def test_the_oil_stands_out_from_the_water_at_every_depth() -> None:
    assert contrast(BoardColour.DEEP_OIL, BoardColour.BACKGROUND) >= 3
    assert contrast(BoardColour.OIL, BoardColour.SURFACE) >= 3

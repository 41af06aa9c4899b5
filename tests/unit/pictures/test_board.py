"""The picture of /team bord."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot.core.team_board import Board, TeamWeek
from bot.pictures import board as pictures
from bot.pictures.board import WEEKS_TOP, WIDTH, draw_board
from bot.pictures.drawings import BoardLegend
from bot.pictures.palette import BoardColour

TODAY = date(2026, 11, 25)
BACKGROUND = ImageColor.getrgb(BoardColour.BACKGROUND)
THIS_MONDAY = date(2026, 11, 23)
MONTHS = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
LEGEND = BoardLegend(
    title="Teambord",
    streak="weken op rij",
    line="Deze week telt al mee.",
    reach="De stippellijn: 13 weken waarin iedereen meedoet.",
    weeks="Week na week",
    grows="telt mee",
    below="onder de helft",
    quiet="geen cijfers",
    now="nu",
    themes="Thema’s van de laatste twaalf weken",
)
BIG_DROP = (0, 200, 540, WEEKS_TOP - 20)
Counts = tuple[int, int]


def board(
    past: list[Counts],
    running: Counts | None = None,
    team: str = "Wijkteam Oost",
    themes: frozenset[str] = frozenset(),
) -> Board:
    """A team's board; every week touched all `themes`."""
    weeks = tuple(
        TeamWeek(THIS_MONDAY - timedelta(weeks=len(past) - n), *counts, themes)
        for n, counts in enumerate(past)
    )
    now = TeamWeek(THIS_MONDAY, *running, themes) if running else None
    return Board(team, weeks, now, 4, TODAY)


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
    "small": board([(3, 3), (2, 0)], (3, 3)),
    "early": board([(9, 7), (9, 3)], (9, 4)),
    "counts": board([(9, 7), (9, 3), (9, 9)], (9, 5), themes=frozenset({"lef", "toeval"})),
    "two years": board([(12, 6 + n % 7) for n in range(104)], (12, 7)),
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


def test_the_area_follows_the_shares() -> None:
    one = oil(opened(drawn(board([(8, 8)]))))
    half = oil(opened(drawn(board([(8, 4)]))))
    thirteen = oil(opened(drawn(board([(8, 8)] * 13))))
    assert half == pytest.approx(one / 2, rel=0.03)
    assert thirteen == pytest.approx(one * 13, rel=0.03)


def test_the_drop_grows_from_week_to_week() -> None:
    weeks: list[Counts] = [(8, 4), (8, 8), (8, 6), (8, 5)]
    areas = [oil(opened(drawn(board(weeks[:n])))) for n in range(len(weeks) + 1)]
    assert all(before < after for before, after in pairwise(areas))


def test_past_a_full_outline_the_drop_goes_on_at_half_the_area() -> None:
    full = oil(opened(drawn(board([(8, 8)] * 13))))
    beyond = oil(opened(drawn(board([(8, 8)] * 14))))
    assert beyond == pytest.approx(full * 14 / 26, rel=0.03)


def test_the_area_of_a_small_drop_is_the_share_of_its_week() -> None:
    image = opened(drawn(board([(8, 8), (8, 4), (8, 2), (3, 3)])))
    lefts = [int(pictures.MARGIN + n * pictures.CELL) for n in range(5)]
    all_of_them, half, below, quiet, running = (
        oil(image, (left, WEEKS_TOP + 50, left + int(pictures.CELL), pictures.WEEK_FOOT + 4))
        for left in lefts
    )
    assert half == pytest.approx(all_of_them / 2, rel=0.05)
    assert (below, quiet, running) == (0, 0, 0)


# What is never drawn


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from([(0, 0), (3, 2), (8, 1), (8, 4), (8, 7)]), max_size=12),
    st.sampled_from(
        [
            [(0, 0), (1, 1), (3, 0), (3, 3)],  # a small week
            [(4, 0), (4, 1), (9, 4), (300, 149)],  # a week below half
        ]
    ),
    st.data(),
)
def test_nothing_is_drawn_of_a_week_without_figures(
    past: list[Counts], alike: list[Counts], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(past)))
    running = data.draw(st.sampled_from([None, *alike]))
    one, other = (
        drawn(board([*past[:at], data.draw(st.sampled_from(alike)), *past[at:]], running))
        for _ in range(2)
    )
    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [((3, 3), (1, 0)), ((8, 1), (9, 4)), ((8, 4), (8, 8))],
    ids=["small", "below half", "counts"],
)
def test_the_running_week_shows_only_whether_it_counts(one: Counts, other: Counts) -> None:
    past: list[Counts] = [(8, 7), (8, 2), (8, 8)]
    assert drawn(board(past, one)) == drawn(board(past, other))


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
    assert opened(drawn(board([(8, 8)], team=team))).size == opened(drawn(board([(8, 8)]))).size


def test_a_long_name_stays_within_the_margin() -> None:
    image = opened(drawn(board([(8, 8)], team="Programmateam " * 30)))
    edge = image.crop((WIDTH - pictures.MARGIN + 2, 0, WIDTH, 200))
    assert edge.getcolors() == [(edge.width * edge.height, BACKGROUND)]


def test_twelve_themes_with_long_titles_fit() -> None:
    themes = {f"thema-{n:02}": f"Improviseer en benut kansen {n:02}" for n in range(12)}
    image = opened(drawn(board([(8, 8)] * 12, themes=frozenset(themes)), themes))
    assert image.height <= 2400


def test_of_more_themes_than_fit_the_rest_is_counted() -> None:
    themes = frozenset(f"thema-{n:02}" for n in range(40))
    wide = dict.fromkeys(themes, "Een titel die een hele regel van het bord vraagt, en meer")
    image = opened(drawn(board([(8, 2), (3, 3), (8, 8)], themes=themes), wide))
    assert image.height < 2600
    assert image.getpixel((WIDTH // 2, image.height - 10)) == BACKGROUND


def test_a_theme_without_a_legible_title_goes_by_its_name() -> None:
    themes = frozenset({"lef"})
    named = drawn(board([(8, 8)], themes=themes))
    assert drawn(board([(8, 8)], themes=themes), {"lef": "🚀"}) == named


def test_no_letter_is_too_small_for_a_phone() -> None:
    sizes = [pictures.SMALLEST, pictures.PLAIN, pictures.LARGE, *pictures.NAMES]
    assert min(sizes) >= 36


def test_what_the_marks_mean_goes_on_on_a_second_line() -> None:
    wordy = replace(LEGEND, grows="een week die heel erg telt", below="te weinig om te tellen")
    shown = board([(8, 8), (8, 2), (3, 3)])
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

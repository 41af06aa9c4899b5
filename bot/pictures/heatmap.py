"""The heatmap of a member's rounds in the last half year: a column per week, a square per day."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from bot.core.streaks.rounds import Round
from bot.pictures import png
from bot.pictures.contents import HeatmapLegend, first_day, kinds_of_days, months_shown
from bot.pictures.palette import HeatmapColour

SCALE = 2  # drawn at twice the size and scaled down, so that edges are smooth
WIDTH, HEIGHT = 1080, 530
LEFT, TOP, STEP, SIDE = 80, 76, 38, 32
LEGEND_TOP = TOP + 7 * STEP + 34
LEGEND_STEP = 62
TEXT = 36

Box = tuple[float, float, float, float]


def draw_heatmap(
    rounds: Sequence[Round],
    jokers: Collection[date],
    today: date,
    legend: HeatmapLegend,
    months: Sequence[str],
    weekdays: Sequence[str],
) -> bytes:
    """Returns a PNG of 1080 by 530 pixels.

    Args:
        rounds: oldest first; what lies more than 26 weeks back is left out.
        jokers: the days of the missed rounds that the joker forgave.
        today: the member's date; its week is the last column.
        legend: the names of the kinds.
        months: short names, January first.
        weekdays: short names, Monday first.
    """
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), HeatmapColour.BACKGROUND)
    draw = ImageDraw.Draw(image)
    first = first_day(today)
    kinds = kinds_of_days(rounds, jokers)
    _labels(draw, first, months, weekdays)
    for n in range((today - first).days + 1):
        day = first + timedelta(days=n)
        _shape(kinds.get(day, "rest"))(draw, _cell(n // 7, n % 7))
    _legend(draw, legend)
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return png.encode(small, HeatmapColour)


def _cell(week: int, weekday: int) -> Box:
    left, top = LEFT + week * STEP, TOP + weekday * STEP
    return left, top, left + SIDE, top + SIDE


def _labels(
    draw: ImageDraw.ImageDraw, first: date, months: Sequence[str], weekdays: Sequence[str]
) -> None:
    for n in range(0, 7, 2):
        _text(draw, (12, TOP + n * STEP - 6), weekdays[n])
    for week, month in months_shown(first):
        _text(draw, (LEFT + week * STEP, TOP - 52), months[month - 1])


def _legend(draw: ImageDraw.ImageDraw, legend: HeatmapLegend) -> None:
    columns = 3
    for n, name in enumerate(HeatmapLegend.names()):
        left = LEFT + (n % columns) * 330
        top = LEGEND_TOP + (n // columns) * LEGEND_STEP
        _shape(name)(draw, (left, top, left + SIDE, top + SIDE))
        _text(draw, (left + SIDE + 14, top - 6), getattr(legend, name))


def _shape(kind: str) -> Callable[[ImageDraw.ImageDraw, Box], None]:
    return {
        "done": _full,
        "tried": _half,
        "missed": _hollow,
        "joker": _ring,
        "rest": _dot,
    }[kind]


def _full(draw: ImageDraw.ImageDraw, box: Box) -> None:
    draw.rounded_rectangle(_scaled(box), 6 * SCALE, fill=HeatmapColour.DONE)


def _half(draw: ImageDraw.ImageDraw, box: Box) -> None:
    left, top, right, bottom = _scaled(box)
    draw.polygon([(left, bottom), (left, top), (right, bottom)], fill=HeatmapColour.TRIED)
    draw.rounded_rectangle(
        (left, top, right, bottom), 6 * SCALE, outline=HeatmapColour.TRIED, width=3 * SCALE
    )


def _hollow(draw: ImageDraw.ImageDraw, box: Box) -> None:
    draw.rounded_rectangle(_scaled(box), 6 * SCALE, outline=HeatmapColour.MISSED, width=3 * SCALE)


def _ring(draw: ImageDraw.ImageDraw, box: Box) -> None:
    draw.ellipse(_scaled(box), outline=HeatmapColour.JOKER, width=5 * SCALE)


def _dot(draw: ImageDraw.ImageDraw, box: Box) -> None:
    draw.rounded_rectangle(_scaled(box), 6 * SCALE, fill=HeatmapColour.REST)


def _scaled(box: Box) -> Box:
    left, top, right, bottom = box
    return left * SCALE, top * SCALE, right * SCALE, bottom * SCALE


def _text(draw: ImageDraw.ImageDraw, at: tuple[float, float], words: str) -> None:
    x, y = at
    draw.text((x * SCALE, y * SCALE), words, fill=HeatmapColour.TEXT, font=_font(TEXT * SCALE))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)

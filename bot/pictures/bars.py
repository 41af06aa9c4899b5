"""Themes beside each other: how often each was done or tried, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw

from bot.core.statistics import Rate
from bot.pictures.board import INNER, MARGIN, SCALE, WIDTH
from bot.pictures.palette import BoardColour
from bot.pictures.text import Weight, fit_to_width, font

HEADING, PLAIN, SMALL = 54, 40, 34
TOP, ROW, BAR = 190, 118, 34
FOOT = 92


@dataclass(frozen=True, slots=True)
class Bar:
    """One theme.

    Attributes:
        title: what it is called.
        rate: the share that was done or tried.
        told: that share in words.
    """

    title: str
    rate: Rate
    told: str


def draw_themes(bars: Sequence[Bar], title: str, line: str, foot: str) -> bytes:
    """A PNG of 1080 pixels wide: a bar a theme, on the same scale from nothing to all.

    Args:
        bars: the themes, from top to bottom.
        title: what stands above them.
        line: what the bars are.
        foot: what the thin line at the end of a bar is.
    """
    height = TOP + ROW * len(bars) + FOOT
    image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), BoardColour.BACKGROUND)
    draw = ImageDraw.Draw(image)
    _text(draw, (MARGIN, 48), title, HEADING, BoardColour.TEXT, Weight.SEMIBOLD)
    _text(draw, (MARGIN, 118), line, SMALL, BoardColour.MUTED)
    for n, bar in enumerate(bars):
        _bar(draw, TOP + n * ROW, bar)
    _text(draw, (MARGIN, height - FOOT + 18), foot, SMALL, BoardColour.MUTED)
    content = BytesIO()
    image.reduce(SCALE).save(content, "PNG", compress_level=6)
    return content.getvalue()


def _bar(draw: ImageDraw.ImageDraw, top: int, bar: Bar) -> None:
    told = font(PLAIN, Weight.SEMIBOLD).getlength(bar.told)
    title = fit_to_width(bar.title, INNER - told - 30, PLAIN)
    _text(draw, (MARGIN, top), title, PLAIN, BoardColour.TEXT)
    _text(draw, (WIDTH - MARGIN - told, top), bar.told, PLAIN, BoardColour.OIL, Weight.SEMIBOLD)
    above = top + 56
    _block(draw, 0.0, 1.0, above, above + BAR, BoardColour.SURFACE)
    _block(draw, 0.0, bar.rate.share, above, above + BAR, BoardColour.OIL)
    middle = above + BAR // 2
    _block(draw, bar.rate.low, bar.rate.share, middle - 3, middle + 3, BoardColour.SEAM)
    _block(draw, bar.rate.share, bar.rate.high, middle - 3, middle + 3, BoardColour.HIGHLIGHT)
    for end, ink in ((bar.rate.low, BoardColour.SEAM), (bar.rate.high, BoardColour.HIGHLIGHT)):
        x = (MARGIN + end * INNER) * SCALE
        draw.line((x, (above + 5) * SCALE, x, (above + BAR - 5) * SCALE), ink, 5 * SCALE)


def _block(
    draw: ImageDraw.ImageDraw, low: float, high: float, top: int, bottom: int, ink: BoardColour
) -> None:
    left, right = (MARGIN + share * INNER for share in (low, high))
    draw.rectangle((left * SCALE, top * SCALE, right * SCALE, bottom * SCALE), fill=ink)


def _text(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    words: str,
    size: int,
    ink: BoardColour,
    weight: Weight = Weight.REGULAR,
) -> None:
    place = (at[0] * SCALE, at[1] * SCALE)
    draw.text(place, words, fill=ink, font=font(size * SCALE, weight))

"""Themes compared: the share done or tried of each, with its confidence interval."""

from collections.abc import Sequence

from PIL import ImageDraw

from bot.pictures import png
from bot.pictures.board import INNER, MARGIN, WIDTH
from bot.pictures.canvas import SCALE, Canvas
from bot.pictures.contents import Bar
from bot.pictures.palette import BoardColour
from bot.pictures.text import Weight, fit_to_width, font

HEADING, PLAIN, SMALL = 54, 40, 34
TOP, ROW, BAR = 190, 118, 34
FOOT = 92


def draw_themes(bars: Sequence[Bar], title: str, line: str, foot: str) -> bytes:
    """Returns a PNG, 1080 pixels wide: a bar for each theme, on the same scale from 0 to 1.

    Args:
        bars: the themes, from top to bottom.
        title: the heading.
        line: what the bars show.
        foot: what the thin line at the end of a bar shows: the confidence interval.
    """
    height = TOP + ROW * len(bars) + FOOT
    canvas = Canvas(WIDTH, height, BoardColour.BACKGROUND)
    canvas.write((MARGIN, 48), title, HEADING, BoardColour.TEXT, Weight.SEMIBOLD)
    canvas.write((MARGIN, 118), line, SMALL, BoardColour.MUTED)
    for n, bar in enumerate(bars):
        _bar(canvas, TOP + n * ROW, bar)
    canvas.write((MARGIN, height - FOOT + 18), foot, SMALL, BoardColour.MUTED)
    return png.encode(canvas.finish(height), BoardColour)


def _bar(canvas: Canvas, top: int, bar: Bar) -> None:
    label_width = font(PLAIN, Weight.SEMIBOLD).getlength(bar.label)
    title = fit_to_width(bar.title, INNER - label_width - 30, PLAIN)
    canvas.write((MARGIN, top), title, PLAIN, BoardColour.TEXT)
    canvas.write(
        (WIDTH - MARGIN - label_width, top),
        bar.label,
        PLAIN,
        BoardColour.OIL,
        Weight.SEMIBOLD,
    )
    above = top + 56
    _block(canvas.shapes, 0.0, 1.0, above, above + BAR, BoardColour.SURFACE)
    _block(canvas.shapes, 0.0, bar.rate.share, above, above + BAR, BoardColour.OIL)
    middle = above + BAR // 2
    _block(canvas.shapes, bar.rate.low, bar.rate.share, middle - 3, middle + 3, BoardColour.SEAM)
    _block(
        canvas.shapes, bar.rate.share, bar.rate.high, middle - 3, middle + 3, BoardColour.HIGHLIGHT
    )
    for end, ink in ((bar.rate.low, BoardColour.SEAM), (bar.rate.high, BoardColour.HIGHLIGHT)):
        x = (MARGIN + end * INNER) * SCALE
        canvas.shapes.line((x, (above + 5) * SCALE, x, (above + BAR - 5) * SCALE), ink, 5 * SCALE)


def _block(
    draw: ImageDraw.ImageDraw, low: float, high: float, top: int, bottom: int, ink: BoardColour
) -> None:
    left, right = (MARGIN + share * INNER for share in (low, high))
    draw.rectangle((left * SCALE, top * SCALE, right * SCALE, bottom * SCALE), fill=ink)

"""Draws a simulated year: for each kind of person, the darings of each month."""

from collections.abc import Sequence

from bot.pictures import png
from bot.pictures.board import INNER, MARGIN, WIDTH
from bot.pictures.canvas import SCALE, Canvas
from bot.pictures.palette import BoardColour
from bot.pictures.text import Weight, font
from tools.year.figures import MONTHS, Figures

HEADING, PLAIN, SMALL = 46, 34, 26
TOP, ROW, BARS = 180, 190, 96
COLOURS = {1: BoardColour.HIGHLIGHT, 2: BoardColour.OIL, 3: BoardColour.DEEP_OIL}
COLUMN = INNER / MONTHS


def draw_year(rows: Sequence[Figures]) -> bytes:
    """Returns a PNG, 1080 pixels wide, with a row for each kind."""
    height = TOP + ROW * len(rows)
    canvas = Canvas(WIDTH, height, BoardColour.BACKGROUND)
    heading = "A year of challenges, by daring"
    canvas.text((MARGIN, 40), heading, font(HEADING, Weight.SEMIBOLD), BoardColour.TEXT)
    for daring, colour in COLOURS.items():
        x = MARGIN + (daring - 1) * 190
        canvas.shapes.rectangle(
            (x * SCALE, 118 * SCALE, (x + 28) * SCALE, 146 * SCALE), fill=colour
        )
        canvas.text((x + 40, 114), f"daring {daring}", font(SMALL), BoardColour.MUTED)
    for number, row in enumerate(rows):
        _draw_row(canvas, TOP + number * ROW, row)
    return png.encode(canvas.finish(height), BoardColour)


def _draw_row(canvas: Canvas, top: int, row: Figures) -> None:
    canvas.text((MARGIN, top), row.kind, font(PLAIN, Weight.SEMIBOLD), BoardColour.TEXT)
    figures = (
        f"{row.received:.0f} a year · {row.missed:.0%} missed · {row.repeats:.0%} repeats · "
        f"at most {row.boldest_of_twelve} of daring 3 in 12"
    )
    canvas.text((WIDTH - MARGIN, top + 6), figures, font(SMALL), BoardColour.MUTED, anchor="ra")
    bottom = top + 50 + BARS
    for month, counted in enumerate(row.months):
        left, y = MARGIN + month * COLUMN, float(bottom)
        for daring, colour in COLOURS.items():
            high = BARS * counted[daring] / max(counted.total(), 1)
            if high:
                canvas.shapes.rectangle(
                    (
                        left * SCALE,
                        (y - high) * SCALE,
                        (left + COLUMN - 6) * SCALE,
                        y * SCALE,
                    ),
                    fill=colour,
                )
            y -= high

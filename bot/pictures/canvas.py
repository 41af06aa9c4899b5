"""What a picture is drawn on: shapes at twice the size, and text at its own."""

from collections.abc import Callable
from functools import partial

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.palette import BoardColour
from bot.pictures.text import Weight, font

SCALE = 2
Point = tuple[float, float]


class Canvas:
    """A picture that is being drawn.

    Shapes are drawn at twice the size and scaled down, so that their edges are smooth. Letters have
    smooth edges by themselves, and take four times as long at twice the size: they are drawn on the
    result, in the order in which they were asked for.

    Args:
        width: in pixels.
        tallest: the height, in pixels, that it will not exceed.
        background: its colour.

    Attributes:
        shapes: draws shapes; its coordinates are pixels times `SCALE`.
    """

    def __init__(self, width: int, tallest: int, background: str) -> None:
        self._image = Image.new("RGB", (width * SCALE, tallest * SCALE), background)
        self._texts: list[Callable[[ImageDraw.ImageDraw], None]] = []
        self.shapes = ImageDraw.Draw(self._image)

    def text(
        self,
        at: Point,
        words: str,
        letters: ImageFont.FreeTypeFont,
        ink: str,
        *,
        anchor: str = "la",
    ) -> None:
        """Adds text at a point in pixels, by default its upper left corner (Pillow's anchors)."""
        self._texts.append(partial(_draw_text, at, words, letters, ink, anchor))

    def write(
        self,
        at: Point,
        words: str,
        size: int,
        ink: BoardColour,
        weight: Weight = Weight.REGULAR,
    ) -> None:
        """Adds text of so many pixels, with its upper left corner at a point in pixels."""
        self.text(at, words, font(size, weight), ink)

    def finish(self, height: int) -> Image.Image:
        """Returns the picture, so many pixels high."""
        image = self._image.reduce(SCALE, (0, 0, self._image.width, height * SCALE))
        draw = ImageDraw.Draw(image)
        for draw_text in self._texts:
            draw_text(draw)
        return image


def _draw_text(
    at: Point,
    words: str,
    letters: ImageFont.FreeTypeFont,
    ink: str,
    anchor: str,
    draw: ImageDraw.ImageDraw,
) -> None:
    draw.text(at, words, fill=ink, font=letters, anchor=anchor)

"""A drawing as a PNG with a palette."""

from io import BytesIO

from PIL import Image, ImageChops, ImageColor, ImageDraw

from bot.pictures import png
from bot.pictures.palette import BoardColour, HeatmapColour
from bot.pictures.text import font

SIZE = (400, 400)


def decoded(content: bytes) -> Image.Image:
    """The picture in the file, in mode RGB."""
    with Image.open(BytesIO(content)) as image:
        assert image.format == "PNG"
        return image.convert("RGB")


def test_each_colour_that_was_drawn_with_stays_exactly_as_it_is() -> None:
    for colours in (BoardColour, HeatmapColour):
        image = Image.new("RGB", SIZE)
        draw = ImageDraw.Draw(image)
        for n, colour in enumerate(colours):
            draw.rectangle((0, n * 50, 399, n * 50 + 49), fill=colour)
        content = decoded(png.encode(image, colours))
        drawn = [content.getpixel((200, n * 50 + 25)) for n in range(len(colours))]
        assert drawn == [ImageColor.getrgb(colour) for colour in colours]


def test_smooth_edges_stay_smooth() -> None:
    image = Image.new("RGB", SIZE, BoardColour.BACKGROUND)
    draw = ImageDraw.Draw(image)
    draw.text((20, 120), "Wijkteam", fill=BoardColour.TEXT, font=font(80))
    draw.ellipse((20, 240, 380, 380), fill=BoardColour.OIL)
    image = image.reduce(2)
    difference = ImageChops.difference(image, decoded(png.encode(image, BoardColour)))
    # A sixteenth of the brightness of a channel, which nobody sees on the edge of a letter.
    assert max(difference.tobytes()) <= 16


def test_a_photograph_does_not_fail_and_stays_recognizable() -> None:
    image = Image.effect_noise(SIZE, 60).convert("RGB")
    assert decoded(png.encode(image, BoardColour)).size == SIZE

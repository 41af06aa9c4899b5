"""A drawing as a PNG with a palette: small, and quickly made."""

from collections.abc import Iterable
from io import BytesIO

from PIL import Image, ImageColor

COLOURS = 256  # what a PNG with one byte per pixel can hold
# Among so few colours, the edges of what was drawn have a shade of their own that is nearly the
# colour they belong to. The nearest within this distance, in each channel, is that colour.
NEARLY = 4
COMPRESSION = 3  # a higher level takes twice as long, for a tenth less


def encode(image: Image.Image, colours: Iterable[str]) -> bytes:
    """Returns the image as a PNG of at most 256 colours.

    Compressing three bytes per pixel takes longer than drawing them, and nobody sees the difference
    in a picture of flat colours with smooth edges.

    Args:
        image: in mode RGB.
        colours: the ones that were drawn with, such as `#0f3540`; they stay exactly as they are.
    """
    indexed = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = indexed.getpalette() or []
    shades = list(zip(palette[0::3], palette[1::3], palette[2::3], strict=True))
    for red, green, blue in (ImageColor.getrgb(colour)[:3] for colour in colours):
        near = [
            (max(abs(r - red), abs(g - green), abs(b - blue)), n)
            for n, (r, g, b) in enumerate(shades)
            if abs(r - red) <= NEARLY
        ]
        if near and min(near)[0] <= NEARLY:
            shades[min(near)[1]] = red, green, blue
    indexed.putpalette([channel for shade in shades for channel in shade])
    content = BytesIO()
    indexed.save(content, "PNG", compress_level=COMPRESSION)
    return content.getvalue()

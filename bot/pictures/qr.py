"""QR codes that are scanned from a screen."""

from dataclasses import dataclass
from io import BytesIO
from itertools import groupby

from bot.pictures.palette import QRColour

MODULE = 14  # pixels: a link's code is some 500 wide, and stays sharp when a chat shrinks it
QUIET_ZONE = 4  # modules of white around it, as the standard asks


def draw_qr(text: str) -> bytes:
    """Returns a PNG of the QR code for `text`, black on white.

    Error correction level Q: it stays readable when a quarter of it is damaged or dirty.
    """
    import segno  # here: most who run the bot never draw one

    content = BytesIO()
    segno.make_qr(text, error="q").save(
        content,
        kind="png",
        scale=MODULE,
        border=QUIET_ZONE,
        dark=QRColour.DARK,
        light=QRColour.LIGHT,
    )
    return content.getvalue()


@dataclass(frozen=True, slots=True)
class QROutline:
    """A QR code for an SVG: its width and height in modules, and the path of what is dark."""

    size: int
    path: str


def outline(text: str) -> QROutline:
    """Returns the QR code for `text` as the path of an SVG; each run of modules is a rectangle."""
    import segno

    rows = [bytes(row) for row in segno.make_qr(text, error="q").matrix_iter(border=QUIET_ZONE)]
    path: list[str] = []
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            width = len(list(run))
            if is_dark:
                path.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return QROutline(len(rows), "".join(path))

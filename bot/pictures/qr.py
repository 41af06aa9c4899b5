"""A QR code to scan from somebody's screen."""

from io import BytesIO

import segno

from bot.pictures.palette import QRColour

MODULE = 14  # pixels: a link's code is some 500 wide, and stays sharp when a chat shrinks it
QUIET_ZONE = 4  # modules of white around it, as the standard asks


def draw_qr(text: str) -> bytes:
    """A PNG of the QR code that reads `text`, black on white.

    A quarter of it may be unreadable (error level Q), as on a smudged or a dimmed screen.
    """
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

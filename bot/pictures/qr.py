"""QR codes that are scanned from a screen."""

from io import BytesIO

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

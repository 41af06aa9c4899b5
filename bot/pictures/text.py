"""Text in a picture, in Source Sans, which has the accents that Pillow's own font lacks."""

import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).parent / "fonts"
ELLIPSIS = "…"
NOT_A_CHARACTER = "\U0010ffff"  # in no font, so it is drawn as the glyph for what is missing
COMPARED_SIZE = 24


class Weight(StrEnum):
    """A weight of the font; the value is its file."""

    REGULAR = "SourceSansPro-Regular.otf"
    SEMIBOLD = "SourceSansPro-Semibold.otf"


@cache
def font(size: int, weight: Weight = Weight.REGULAR) -> ImageFont.FreeTypeFont:
    """Returns the font at a size in pixels."""
    return ImageFont.truetype(FONTS / weight, size)


def drawable(text: str) -> str:
    """Returns `text` in one line, without what the font has no glyph for (emoji, other scripts)."""
    known = "".join(filter(_has_glyph, unicodedata.normalize("NFC", text)))
    return " ".join(known.split())


def fit_to_width(text: str, width: float, size: int, weight: Weight = Weight.REGULAR) -> str:
    """Returns as much of `text` as fits in `width` pixels, with an ellipsis where it is cut."""
    text = drawable(text)
    letters = font(size, weight)
    if letters.getlength(text) <= width:
        return text
    while text and letters.getlength(text + ELLIPSIS) > width:
        text = text[:-1].rstrip()
    return text + ELLIPSIS


def wrap(text: str, width: float, size: int, weight: Weight = Weight.REGULAR) -> list[str]:
    """Returns `text` in lines of at most `width` pixels; a word that is wider is cut."""
    letters = font(size, weight)
    lines: list[str] = []
    for word in drawable(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and letters.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(fit_to_width(word, width, size, weight))
    return lines


@cache
def _has_glyph(character: str) -> bool:
    if character.isspace():
        return True
    return _glyph(character) != _glyph(NOT_A_CHARACTER)


def _glyph(character: str) -> bytes:
    mask = font(COMPARED_SIZE).getmask(character)
    return bytes(mask) if 0 not in mask.size else _glyph(NOT_A_CHARACTER)

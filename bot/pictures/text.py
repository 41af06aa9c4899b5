"""Letters in a picture: Source Sans, which has the accents that Pillow's own font lacks."""

import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).parent / "fonts"
ELLIPSIS = "…"
NOT_A_CHARACTER = "\U0010ffff"  # no font has it: what it looks like is what a gap looks like
SIZE_TO_LOOK_AT = 24


class Weight(StrEnum):
    """How heavy the letters are; the value is the font's file."""

    REGULAR = "SourceSansPro-Regular.otf"
    SEMIBOLD = "SourceSansPro-Semibold.otf"


@cache
def font(size: int, weight: Weight = Weight.REGULAR) -> ImageFont.FreeTypeFont:
    """The font, `size` pixels high."""
    return ImageFont.truetype(FONTS / weight, size)


def drawable(text: str) -> str:
    """`text` without what the font has no letters for (emoji, other scripts), in one line."""
    known = "".join(one for one in unicodedata.normalize("NFC", text) if _has_glyph(one))
    return " ".join(known.split())


def fit_to_width(text: str, width: float, size: int, weight: Weight = Weight.REGULAR) -> str:
    """As much of `text` as fits in `width`, ended by an ellipsis where it is cut; legible."""
    text = drawable(text)
    letters = font(size, weight)
    if letters.getlength(text) <= width:
        return text
    while text and letters.getlength(text + ELLIPSIS) > width:
        text = text[:-1].rstrip()
    return text + ELLIPSIS


def wrap(text: str, width: float, size: int, weight: Weight = Weight.REGULAR) -> list[str]:
    """`text` in lines of at most `width`; a word that is longer is cut."""
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
    mask = font(SIZE_TO_LOOK_AT).getmask(character)
    return bytes(mask) if 0 not in mask.size else _glyph(NOT_A_CHARACTER)

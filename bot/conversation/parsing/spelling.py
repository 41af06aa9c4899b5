"""Spells what people type in one way: phones write other dashes, quotes, spaces and digits."""

import re
import unicodedata

MINUS = "\N{MINUS SIGN}"
# An apostrophe within a word stays one, and so does that of `'s`; other quotes say nothing.
QUOTES = str.maketrans(dict.fromkeys("‘’‛′ʼ`´", "'") | dict.fromkeys('“”„‟″«»"', " "))
AROUND_WORDS = re.compile(r"(?<!\w)'(?!s\b)|(?<=\w)'(?!\w)")
ENDING = " \t.,;:!?…"


def plain(text: str) -> str:
    """Returns `text` with every dash as `-`, no quotes, plain digits and single spaces.

    Full-width letters and digits and spaces that do not break become the usual ones (Unicode's
    NFKC); letters keep their case and their accents. What ends a sentence is taken away.
    """
    # Before and after: NFKC takes apart an accent that is typed for a quote, and makes others.
    spelled = unicodedata.normalize("NFKC", text.translate(QUOTES)).translate(QUOTES)
    dashed = "".join("-" if _is_dash(letter) else letter for letter in spelled if _shows(letter))
    return " ".join(AROUND_WORDS.sub(" ", dashed).split()).strip(ENDING)


def unaccented(text: str) -> str:
    """Returns `text` in small letters without accents, with a space for `_`, `-`, `'` and `.`."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.translate(str.maketrans("_-'.", "    ")).split())


def _is_dash(letter: str) -> bool:
    return letter == MINUS or unicodedata.category(letter) == "Pd"


def _shows(letter: str) -> bool:
    """Returns whether a letter is no invisible mark, such as those for the direction of writing."""
    return unicodedata.category(letter) != "Cf"

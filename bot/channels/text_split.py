"""Text in parts that a platform takes: Telegram counts UTF-16 code units, and so do we."""

import re

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
NOTICE_UNITS = 200
# Where to cut, best first: between paragraphs, lines, sentences, words.
SEAMS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, most: int = TEXT_UNITS, most_after: int | None = None) -> list[str]:
    """`text` in parts of at most `most` units, cut at the best seam in the second half of each.

    With `most_after`, that is how long parts after the first may be.
    """
    parts = []
    while units(text) > most:
        head = _head(text, most)
        cut = _seam(head)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
        most = most_after or most
    return [*parts, text]


def _head(text: str, most: int) -> str:
    """The longest start of `text` within `most` units, never half a character."""
    cut = text.encode("utf-16-le", "surrogatepass")[: most * 2]
    return cut.decode("utf-16-le", "ignore")


def _seam(head: str) -> int:
    for seam in SEAMS:
        ends = [found.end() for found in seam.finditer(head) if found.start() >= len(head) // 2]
        if ends:
            return ends[-1]
    return len(head)

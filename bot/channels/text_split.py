"""Splits text into parts that a platform accepts, counted in UTF-16 units as Telegram does."""

import re

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
NOTICE_UNITS = 200
# Where to cut, best first: between paragraphs, lines, sentences, words.
SEAMS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))


def units(text: str) -> int:
    """Returns the length of `text` in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int = TEXT_UNITS, limit_after: int | None = None) -> list[str]:
    """Splits `text` into parts, each cut at the best seam in its second half.

    Args:
        text: of any length.
        limit: the most units in a part.
        limit_after: the same for the parts after the first; None: `limit`.
    """
    parts = []
    while units(text) > limit:
        head = _head(text, limit)
        cut = _cut_position(head)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
        limit = limit_after or limit
    return [*parts, text]


def _head(text: str, limit: int) -> str:
    """Returns the longest start of `text` within `limit` units, never half a character."""
    cut = text.encode("utf-16-le", "surrogatepass")[: limit * 2]
    return cut.decode("utf-16-le", "ignore")


def _cut_position(head: str) -> int:
    for seam in SEAMS:
        ends = [
            seam_match.end()
            for seam_match in seam.finditer(head)
            if seam_match.start() >= len(head) // 2
        ]
        if ends:
            return ends[-1]
    return len(head)

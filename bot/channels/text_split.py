"""Splits text into parts that a platform accepts, counted in UTF-16 units as Telegram does."""

import re
from bisect import bisect_right
from collections.abc import Callable

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
NOTICE_UNITS = 200
# Where to cut, best first: between paragraphs, lines, sentences, words.
SEAMS = tuple(map(re.compile, (r"\n\n", r"\n", r"(?<=[.!?…])\s|(?<=[。！？])", r"\s")))


def units(text: str) -> int:
    """Returns the length of `text` in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(
    text: str,
    limit: int = TEXT_UNITS,
    limit_after: int | None = None,
    size: Callable[[str], int] = units,
) -> list[str]:
    """Splits `text` into parts, each cut at the best seam in its second half.

    Args:
        text: of any length.
        limit: the largest size of a part.
        limit_after: the same for the parts after the first; None: `limit`.
        size: returns the size of a text; a longer one is never smaller.
    """
    parts = []
    while size(text) > limit:
        # The longest start that fits; whole characters, because Python counts in those.
        lengths = range(1, len(text))
        head = text[: bisect_right(lengths, limit, key=lambda length: size(text[:length]))]
        cut = _cut_position(head) or 1
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
        limit = limit_after or limit
    return [*parts, text]


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

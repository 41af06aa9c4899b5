"""Markdown as code hosts read it: where its links lead, and its lists for Python-Markdown."""

import re
from collections.abc import Callable, Iterator

LINK = re.compile(r"(?P<before>\]\(|\bsrc=\"|\bhref=\")(?P<target>[^)\"\s]+)")
FENCE = re.compile(r"^ *(`{3,}|~{3,})")
HEADING = re.compile(r"^(#{1,6}) +(.+?) *#*$")
MARKER = re.compile(r"^(?P<marker>[-*]|\d+\.) +(?=\S)")
CODE = re.compile(r"(`+)(?:.*?[^`])\1(?!`)")
PUNCTUATION = re.compile(r"[^\w\- ]")
TAB = 4  # columns by which Python-Markdown wants the content of a list item indented


def lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """Yields each line, and whether it belongs to a block of code."""
    fence = ""
    for line in text.splitlines():
        found = FENCE.match(line)
        if found and (not fence or found[1].startswith(fence)):
            fence = "" if fence else found[1]
            yield line, True
        else:
            yield line, bool(fence)


def headings(text: str) -> Iterator[str]:
    """Yields the headings of a page."""
    for line, is_code in lines_of(text):
        found = HEADING.match(line)
        if found and not is_code:
            yield found[2]


def anchor(heading: str) -> str:
    """Returns what a link to a heading has behind its `#`, on code hosts and on the website."""
    without_links = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return PUNCTUATION.sub("", without_links.lower()).strip().replace(" ", "-")


def links(text: str) -> Iterator[str]:
    """Yields where the links and pictures of a page lead; not those in code."""
    for line, is_code in lines_of(text):
        if not is_code:
            yield from (found["target"] for found in LINK.finditer(_without_code(line)))


def with_links(text: str, changed: Callable[[str], str]) -> str:
    """Returns a page in which each link leads to what `changed` makes of it."""

    def replaced(line: str) -> str:
        shown = _without_code(line)
        pieces, end = [], 0
        for found in LINK.finditer(shown):
            pieces += [line[end : found.start("target")], changed(found["target"])]
            end = found.end("target")
        return "".join([*pieces, line[end:]])

    return "".join(f"{line if is_code else replaced(line)}\n" for line, is_code in lines_of(text))


def for_python_markdown(text: str) -> str:
    """Returns a page with its lists as Python-Markdown reads them.

    They begin after an empty line, and what belongs to an item is four columns in.
    """
    made: list[str] = []
    width = 0  # of the marker of the item that the line may belong to
    before = ""
    for line, is_code in lines_of(text):
        found = None if is_code else MARKER.match(line)
        if found:
            width = len(found[0])
            if before.strip() and not before.startswith(" ") and not MARKER.match(before):
                made.append("")
            made.append(found["marker"].ljust(TAB) + line[width:])
        elif width and line.startswith(" " * width):
            made.append(" " * TAB + line[width:])
        else:
            if line.strip():
                width = 0
            made.append(line)
        before = line
    return "\n".join(made) + "\n"


def _without_code(line: str) -> str:
    """Returns a line with code in it replaced by as many spaces."""
    return CODE.sub(lambda found: " " * len(found[0]), line)

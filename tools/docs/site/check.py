"""Whether each link and picture of the built website leads somewhere within it."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Pages of the generator itself, whose links are written for the root of a web server.
OWN_PAGES = frozenset({"404.html"})


class _Page(HTMLParser):
    """Collects where a page leads, and what on it can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.append(value)
            if name in ("id", "name") and value:
                self.anchors.add(value)


def broken_links(site: Path) -> Iterator[str]:
    """Yields each link that leads nowhere, with the page that it is on."""
    for file in sorted(site.rglob("*.html")):
        if file.name not in OWN_PAGES:
            for target in _page(file).targets:
                if not _leads_somewhere(file, target):
                    yield f"{file.relative_to(site)}: {target}"


def _leads_somewhere(file: Path, target: str) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return True
    aimed = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if aimed.is_dir():
        aimed /= "index.html"
    if not aimed.is_file():
        return False
    is_page = aimed.suffix == ".html" and parts.fragment
    return not is_page or unquote(parts.fragment) in _page(aimed).anchors


@cache
def _page(file: Path) -> _Page:
    return _Page(file.read_text())

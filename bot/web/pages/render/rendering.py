"""Pages out of templates: Jinja, with the bot's words and nothing that runs in the page itself."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.conversation.words import Words
from bot.web.pages.render.theme import NO_THEME, Theme

if TYPE_CHECKING:
    from bot.web.pages.visit import Visit

WEB = Path(__file__).parents[2]
TEMPLATES, STATIC = WEB / "templates", WEB / "static"


@cache
def _environment() -> Environment:
    """Returns the templates, which all renderers share: compiling them takes tenths of a second."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Renderer:
    """Makes pages.

    Args:
        address: where this program can be opened in a browser, such as `https://example.org/bot`.
        organisation: the name of the organisation that runs the bot; empty: it was not set.
        theme: what that organisation adds to the look.
    """

    def __init__(self, address: str, organisation: str = "", theme: Theme = NO_THEME) -> None:
        parts = urlsplit(address)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.is_https = parts.scheme == "https"
        self.prefix = parts.path.rstrip("/")
        self._organisation, self.theme = organisation, theme
        self._environment = _environment()
        self._versions = {
            file.name: sha256(file.read_bytes()).hexdigest()[:12] for file in STATIC.iterdir()
        }

    def url(self, path: str = "") -> str:
        """Returns the path of a page as a browser asks for it: `/bot/web/team/7` for `team/7`."""
        return f"{self.prefix}/web/{path}"

    def static(self, name: str) -> str:
        """Returns the path of a file that browsers may keep, for its name changes when it does."""
        return self.url(f"static/{self._versions[name]}/{name}")

    def themed(self, name: str | None) -> str | None:
        """Returns the path of a file of the organisation's theme; None: it has no such file."""
        if name is None:
            return None
        return self.url(f"theme/{self.theme.version(name)}/{name}")

    def page(self, template: str, visit: "Visit", title: str, values: Mapping[str, object]) -> str:
        """Returns the HTML of a page for somebody who is signed in."""
        return self.bare(template, visit.say, title, {**values, "visit": visit})

    def bare(self, template: str, say: Words, title: str, values: Mapping[str, object]) -> str:
        """Returns the HTML of a page for anybody."""
        return self._environment.get_template(template).render(
            {
                "visit": None,
                "say": say,
                "title": title,
                "url": self.url,
                "static": self.static,
                "organisation": self._organisation,
                "tokens": self.themed(self.theme.tokens),
                "logo": self.themed(self.theme.logo),
                **values,
            }
        )

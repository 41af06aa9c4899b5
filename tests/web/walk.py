"""Every page that there is, with ids of things that are there."""

import re
from collections.abc import Mapping

from bot.web.pages.page import Page

PLACE = re.compile(r"{(\w+)(?::\w+)?}")
# What stands in paths, besides the team.
KNOWN: Mapping[str, str] = {
    "name": "lef",
    "number": "1",
    "entry": "1",
    "version": "1",
    "kind": "xlsx",
}


def is_download(page: Page) -> bool:
    """Returns whether a page answers with a file, which no browser shows."""
    return page.path.endswith((".ics", "/csv", "/{kind}"))


def path_of(page: Page, team: int, /, **instead: object) -> str:
    """Returns the path of a page, about this team and the things in `KNOWN`."""
    values = {**KNOWN, "team": team, **instead}
    return PLACE.sub(lambda place: str(values[place[1]]), page.path)

"""The first page: what there is for this member."""

from starlette.responses import Response

from bot.web.pages.page import Page
from bot.web.pages.visit import Visit


async def show(visit: Visit) -> Response:
    """Shows what there is, by who it is for."""
    cards = [
        (path, visit.say(f"page.{name}"), visit.say(f"page.{name}_about"))
        for path, name in visit.menu
        if path
    ]
    return visit.render("home.html", visit.say("page.home_title"), cards=cards)


PAGES = [Page(path="", name="home", show=show)]

"""All pages: one list, from which the routes and the test of who may see what follow."""

from collections.abc import Sequence

from bot.web.pages import home
from bot.web.pages.page import Page
from bot.web.pages.team import pages as team

PAGES: Sequence[Page] = [*home.PAGES, *team.PAGES]

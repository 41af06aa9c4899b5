"""All pages: one list, from which the routes and the test of who may see what follow."""

from collections.abc import Sequence

from bot.web.pages import home, sets
from bot.web.pages.page import Page

PAGES: Sequence[Page] = [*home.PAGES, *sets.PAGES]

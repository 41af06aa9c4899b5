"""All pages: one list, from which the routes and the test of who may see what follow."""

from collections.abc import Sequence

from bot.web.pages import home
from bot.web.pages.admin import overview, role_grants
from bot.web.pages.member import diary, own, privacy, rhythm
from bot.web.pages.page import Page

PAGES: Sequence[Page] = [
    *home.PAGES,
    *(page for area in (own, diary, rhythm, privacy) for page in area.PAGES),
    *(page for area in (overview, role_grants) for page in area.PAGES),
]

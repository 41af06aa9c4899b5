"""All pages: one list, from which the routes and the test of who may see what follow."""

from collections.abc import Sequence

from bot.web.pages import home, sets
from bot.web.pages.admin import overview, role_grants
from bot.web.pages.member import diary, own, privacy, rhythm
from bot.web.pages.page import Page
from bot.web.pages.sign_in import sessions
from bot.web.pages.team import pages as team

# In the order of the menu.
AREAS = (home, own, diary, rhythm, team, sets, overview, role_grants, privacy, sessions)
PAGES: Sequence[Page] = [page for area in AREAS for page in area.PAGES]

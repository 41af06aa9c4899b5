"""All pages of a team."""

from bot.core.permissions import Audience
from bot.web.pages.page import Page
from bot.web.pages.team import board, invitations, log, members, settings

PAGES = [
    Page(path="teams", name="teams", show=board.show_teams),
    Page(path="team/{team:int}", show=board.show),
    Page(
        path="team/{team:int}/invitations",
        show=invitations.show,
        change=invitations.change,
        audience=Audience.LEAD,
    ),
    Page(
        path="team/{team:int}/poster",
        show=invitations.show,
        change=invitations.make_poster,
        audience=Audience.LEAD,
    ),
    Page(path="team/{team:int}/members", show=members.show, audience=Audience.LEAD),
    Page(
        path="team/{team:int}/remove",
        show=members.ask_remove,
        change=members.remove,
        audience=Audience.LEAD,
    ),
    Page(
        path="team/{team:int}/hand-over",
        show=members.ask_hand_over,
        change=members.hand_over,
        audience=Audience.LEAD,
    ),
    Page(
        path="team/{team:int}/settings",
        show=settings.show,
        change=settings.change,
        audience=Audience.LEAD,
    ),
    Page(path="team/{team:int}/log", show=log.show, audience=Audience.LEAD),
]

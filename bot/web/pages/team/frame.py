"""What the pages of one team have in common: their paths, and the links between them."""

from datetime import datetime

from starlette.responses import Response

from bot.web.pages.visit import Visit

MAX_DIGITS = 9


def path_of(visit: Visit, page: str = "") -> str:
    """Returns the path of a page of the team that this request is about; empty: its board."""
    return f"team/{visit.team.team.id}" + (f"/{page}" if page else "")


def render(visit: Visit, template: str, title: str, /, **values: object) -> Response:
    """Returns a page of the team, with links to the others that this member may see."""
    return visit.render(
        f"team/{template}", title, team=visit.team.team, tabs=_tabs(visit), **values
    )


def number_in(text: str) -> int | None:
    """Returns the whole number that was filled in; None: it is none, or far too large."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None


def short_moment(visit: Visit, moment: datetime) -> str:
    """Returns a moment as clocks where the member is show it: `24 nov 2026, 9:30`."""
    local = moment.astimezone(visit.context.member.rhythm.zone)
    return f"{visit.say.short_day(local.date())}, {visit.say.time(local.time())}"


def _tabs(visit: Visit) -> list[tuple[str, str]]:
    """Returns the path and the name of each page of the team."""
    say = visit.say
    tabs = [(path_of(visit), say("board.title"))]
    if visit.team.leads:
        tabs += [
            (path_of(visit, "invitations"), say("page.team_invitations")),
            (path_of(visit, "members"), say("page.team_members")),
            (path_of(visit, "settings"), say("page.team_settings")),
            (path_of(visit, "log"), say("page.team_log")),
        ]
    return tabs

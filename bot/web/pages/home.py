"""The first page: what there is for this member; and the browsers that are signed in."""

from starlette.responses import Response

from bot.store.members import web_sessions
from bot.web.pages.page import Page
from bot.web.pages.security import COOKIE
from bot.web.pages.visit import NotHere, Visit


async def show(visit: Visit) -> Response:
    """Shows what there is, by who it is for."""
    cards = [
        (path, visit.say(f"page.{name}"), visit.say(f"page.{name}_about"))
        for path, name in visit.menu
        if path
    ]
    return visit.render("home.html", visit.say("page.home_title"), cards=cards)


async def show_sessions(visit: Visit) -> Response:
    """Shows which browsers are signed in, with a button to sign each of them out."""
    context = visit.context
    sessions = await web_sessions.sessions_of_member(context.session, context.member.id, context.at)
    return visit.render("sessions.html", visit.say("page.sessions_title"), sessions=sessions)


async def end_session(visit: Visit) -> Response:
    """Signs out this browser, another one, or all of them."""
    member_id, which = visit.context.member.id, visit.field("which")
    own = visit.signed_in.row.id
    number = own if which == "this" else int(which) if which.isdecimal() else None
    if number is None and which != "all":
        raise NotHere
    await web_sessions.end_sessions(visit.session, member_id, number)
    if number not in (own, None):
        return visit.go("sessions", visit.say("page.session_ended"))
    response = visit.go("")
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return response


PAGES = [
    Page(path="", name="home", show=show),
    Page(path="sessions", name="sessions", show=show_sessions, change=end_session),
]

"""The browsers that are signed in, and signing them out."""

from starlette.responses import Response

from bot.conversation.context import row_id_in
from bot.store.members import web_sessions
from bot.web.pages.page import Page
from bot.web.pages.security.security import MINI_APP
from bot.web.pages.sign_in.cookies import forget_session, is_framed
from bot.web.pages.visit import Visit


async def show(visit: Visit) -> Response:
    """Shows which browsers are signed in, with a button to sign each of them out."""
    context = visit.context
    sessions = await web_sessions.sessions_of_member(context.session, context.member.id, context.at)
    return visit.render("sessions.html", visit.say("page.sessions_title"), sessions=sessions)


async def end(visit: Visit) -> Response:
    """Signs out this browser, another one, or all of them."""
    member_id, which = visit.context.member.id, visit.field("which")
    own = visit.signed_in.row.id
    number = None if which == "all" else row_id_in(which)
    await web_sessions.end_sessions(visit.session, member_id, number)
    if number not in (own, None):
        return visit.go("sessions", visit.say("page.session_ended"))
    # A Mini App goes where it can be shown in its frame without a session too.
    response = visit.go(MINI_APP if is_framed(visit.request.cookies) else "")
    forget_session(response, visit.request)
    return response


PAGES = [Page(path="sessions", name="sessions", show=show, change=end)]

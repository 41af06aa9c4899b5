"""The browsers that are signed in, and signing them out."""

from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from bot.channels.web import NAME
from bot.conversation.context import row_id_in
from bot.store.chat import keys
from bot.store.members import web_sessions
from bot.web.pages.page import Page
from bot.web.pages.security.security import MINI_APP
from bot.web.pages.sign_in.cookies import forget_session, is_framed
from bot.web.pages.visit import Visit

CHAT = "chat"


async def show(visit: Visit) -> Response:
    """Shows which browsers are signed in, with a button to sign each of them out."""
    context = visit.context
    sessions = await web_sessions.sessions_of_member(context.session, context.member.id, context.at)
    title, has_chat = visit.say("page.sessions_title"), _has_chat(visit)
    return visit.render("sessions.html", title, sessions=sessions, has_chat=has_chat)


def _has_chat(visit: Visit) -> bool:
    """Returns whether the chat that signed in is one that a browser shows."""
    return visit.context.sender.channel == NAME


async def end(visit: Visit) -> Response:
    """Signs out this browser, another one, or all of them; or opens the chat in this one."""
    member_id, which = visit.context.member.id, visit.field("which")
    if which == CHAT and _has_chat(visit):
        # A link as from another browser, with what its page says and what the chat is told.
        token = await keys.new_move(visit.session, visit.context.sender.pair, visit.context.at)
        return RedirectResponse(f"{visit.renderer.prefix}/chat/move/{token}", HTTPStatus.SEE_OTHER)
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

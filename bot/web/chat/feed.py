"""A calendar that follows somebody's moments: what tells them that there is a challenge."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from bot.conversation.words import Words
from bot.store.chat import keys
from bot.store.members import members
from bot.web.chat.chat import ChatSite
from bot.web.pages.member.calendar import calendar
from bot.web.pages.member.rhythm import coming_moments


async def show(site: ChatSite, request: Request) -> Response:
    """Returns the coming moments as a calendar; nothing else of whoever they are."""
    if not site.may_ask(request, is_stranger=True):
        return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS)
    async with site.pages.database.reading() as session:
        chat = await keys.chat_of_feed(session, request.path_params["token"])
        member = await members.find_member(session, *chat) if chat is not None else None
        if member is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        moments = coming_moments(member, site.at)
        summary = Words(member.language)("page.calendar_summary")
    content = calendar(moments, summary, site.pages.renderer.origin, site.at)
    return Response(content, media_type="text/calendar")

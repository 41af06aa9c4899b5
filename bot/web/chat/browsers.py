"""The browsers that have this chat: which they are, another one, and signing them out."""

from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.pictures import qr
from bot.store.chat import browsers, pushes
from bot.web.chat import joining
from bot.web.chat.chat import ChatSite, Visitor
from bot.web.pages.security import FORM_KEY, is_from_own_form


async def show(site: ChatSite, request: Request) -> Response:
    """Shows the browsers that have this chat, and what can be done with it."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request)
        if visitor is None:
            return joining.gone(site, request)
        return await _page(site, session, visitor)


async def change(site: ChatSite, request: Request) -> Response:
    """Ends browsers, or makes a link or a code for another one."""
    words = site.words(request)
    if not site.may_ask(request):
        return site.too_many(words)
    async with request.form(max_files=0, max_fields=10) as form:
        what, form_key = str(form.get("what", "")), form.get(FORM_KEY)
    async with site.pages.database.transaction() as session:
        visitor = await site.visitor(session, request)
        if visitor is None:
            return joining.gone(site, request)
        if not is_from_own_form(visitor.form_key, form_key):
            title, text = words("page.stale_form_title"), words("page.stale_form_text")
            return site.tell(words, title, text, HTTPStatus.FORBIDDEN)
        if what == "move":
            token = await browsers.new_move(session, visitor.chat, site.at)
            return await _page(site, session, visitor, link=site.link(f"move/{token}"))
        if what == "calendar":
            token = await browsers.new_feed(session, visitor.chat, site.at)
            return await _page(site, session, visitor, feed=site.link(f"calendar/{token}.ics"))
        if what == "code":
            code = await browsers.new_recovery_code(session, visitor.chat, site.at)
            return await _page(site, session, visitor, code=code)
        if what == "untell":
            await pushes.unsubscribe(session, visitor.row.id)
            return await _page(site, session, visitor)
        own, only = visitor.row.id, int(what) if what.isdecimal() and len(what) < 10 else None
        if only == own:
            await browsers.end_own(session, visitor.row)
            response: Response = RedirectResponse(site.url(), HTTPStatus.SEE_OTHER)
            site.forget_cookie(response)
        elif what == "others" or only is not None:
            await browsers.end(session, visitor.chat, only=only, keep=own)
            code = await browsers.new_recovery_code(session, visitor.chat, site.at)
            response = await _page(site, session, visitor, code=code, is_replaced=True)
        else:
            response = RedirectResponse(site.url("browsers"), HTTPStatus.SEE_OTHER)
    site.place.signals.changed(visitor.row.address)  # what was signed out has to see it at once
    return response


async def _page(
    site: ChatSite,
    session: AsyncSession,
    visitor: Visitor,
    *,
    link: str = "",
    code: str = "",
    feed: str = "",
    is_replaced: bool = False,
) -> Response:
    say = visitor.say
    listed = [
        (row, say.moment(row.created_at, visitor.zone))
        for row in await browsers.of_chat(session, visitor.chat, site.at)
    ]
    values = {
        "visitor": visitor,
        "listed": listed,
        "link": link,
        "qr": qr.outline(link) if link else None,
        "code": code,
        "is_replaced": is_replaced,
        "feed": feed,
        "can_tell": site.place.push is not None and visitor.member is not None,
        "is_told": await pushes.is_subscribed(session, visitor.row.id),
        "minutes": browsers.MOVE_VALID_FOR.seconds // 60,
    }
    return site.render("chat/browsers.html", say, say("chat.browsers_title"), values)

"""The browsers that have this chat: which they are, another one, and signing them out."""

from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.core.privacy import chat_lock
from bot.pictures import qr
from bot.store.chat import browsers, keys, pushes
from bot.web.chat.browsers import joining
from bot.web.chat.chat import ChatSite, Visitor
from bot.web.pages.security.security import FORM_KEY, is_from_own_form


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
            return site.stale(words)
        if what == "move":
            token = await keys.new_move(session, visitor.chat, site.at)
            return await _page(site, session, visitor, link=site.link(f"move/{token}"))
        if what == "calendar":
            token = await keys.new_feed(session, visitor.chat, site.at)
            return await _page(site, session, visitor, feed=site.link(f"calendar/{token}.ics"))
        if what == "code":
            code = await keys.new_recovery_code(session, visitor.chat, site.at)
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
            code = await keys.new_recovery_code(session, visitor.chat, site.at)
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
    lock_error: str = "",
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
        "minutes": keys.MOVE_VALID_FOR.seconds // 60,
        "lock_choices": chat_lock.MINUTES,
        "fewest": chat_lock.FEWEST_DIGITS,
        "most": chat_lock.MOST_DIGITS,
        "most_wrong": chat_lock.MOST_WRONG,
        "lock_error": lock_error,
    }
    response = site.render("chat/browsers.html", say, say("chat.browsers_title"), values)
    if visitor.row.lock_minutes is not None:
        # This page has no script that leaves it when the lock shuts.
        seconds = visitor.row.lock_minutes * 60 + 1
        response.headers["Refresh"] = f"{seconds}; url={site.url()}"
    return response


async def with_lock_error(site: ChatSite, visitor: Visitor, error: str) -> Response:
    """Returns the page with what is wrong with a new PIN."""
    async with site.pages.database.reading() as session:
        response = await _page(site, session, visitor, lock_error=error)
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response

"""The browsers that have this chat: which they are, another one, and signing them out."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the page shows of what was just done; each is empty if that was something else.

    Attributes:
        link: opens this chat in another browser.
        code: the new recovery code.
        is_replaced: whether that code took the place of one that somebody may know.
        feed: the link that a calendar follows.
        lock_error: what is wrong with a new PIN.
    """

    link: str = ""
    code: str = ""
    is_replaced: bool = False
    feed: str = ""
    lock_error: str = ""


NOTHING_DONE = Outcome()


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
            return await _page(site, session, visitor, Outcome(link=site.link(f"move/{token}")))
        if what == "calendar":
            token = await keys.new_feed(session, visitor.chat, site.at)
            link = site.link(f"calendar/{token}.ics")
            return await _page(site, session, visitor, Outcome(feed=link))
        if what == "code":
            code = await keys.new_recovery_code(session, visitor.chat, site.at)
            return await _page(site, session, visitor, Outcome(code=code))
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
            outcome = Outcome(code=code, is_replaced=True)
            response = await _page(site, session, visitor, outcome)
        else:
            response = RedirectResponse(site.url("browsers"), HTTPStatus.SEE_OTHER)
    site.place.signals.changed(visitor.row.address)  # what was signed out has to see it at once
    return response


async def _page(
    site: ChatSite, session: AsyncSession, visitor: Visitor, outcome: Outcome = NOTHING_DONE
) -> Response:
    say = visitor.say
    listed = [
        (row, say.moment(row.created_at, visitor.zone))
        for row in await browsers.of_chat(session, visitor.chat, site.at)
    ]
    values = {
        "visitor": visitor,
        "listed": listed,
        "outcome": outcome,
        "lock_error": outcome.lock_error,
        "qr": qr.outline(outcome.link) if outcome.link else None,
        "can_tell": site.place.push is not None and visitor.member is not None,
        "is_told": await pushes.is_subscribed(session, visitor.row.id),
        "minutes": keys.MOVE_VALID_FOR.seconds // 60,
        "lock_choices": chat_lock.MINUTES,
        "fewest": chat_lock.FEWEST_DIGITS,
        "most": chat_lock.MOST_DIGITS,
        "most_wrong": chat_lock.MOST_WRONG,
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
        response = await _page(site, session, visitor, Outcome(lock_error=error))
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response

"""The lock on the chat in a browser: putting it on, what shows while it is shut, and the PIN.

It is the server that shuts it, so it works without a script, and in every tab.
"""

import asyncio
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.core.privacy import chat_lock
from bot.store.chat import browsers, locks
from bot.store.schema.chat import ChatBrowserRow
from bot.web.chat.browsers import browsers as browsers_page
from bot.web.chat.browsers import joining
from bot.web.chat.chat import ChatSite, Visitor
from bot.web.chat.conversation import posting
from bot.web.pages.security.security import FORM_KEY, is_from_own_form

MAX_FIELD = 80  # characters that are looked at
SAVED_EVERY = 10  # seconds; how exactly it is kept when the browser was used


def shut_page(
    site: ChatSite,
    request: Request,
    visitor: Visitor,
    error: str = "",
    status: HTTPStatus = HTTPStatus.UNAUTHORIZED,
) -> Response:
    """Returns what shows while the lock is shut: a field for the PIN, and nothing of anybody."""
    if posting.asks_for_json(request):
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    say = visitor.say
    is_lost = request.method == "POST" and not error
    values = {"form_key": visitor.form_key, "error": error, "is_lost": is_lost}
    response = site.render("chat/lock.html", say, say("chat.locked_title"), values)
    response.status_code = HTTPStatus.OK if request.method == "GET" else status
    return response


async def used(site: ChatSite, row: ChatBrowserRow) -> None:
    """Has the lock shut later, because this browser is used."""
    at = site.at
    if row.locks_at is None or row.lock_minutes is None or locks.is_locked(row, at):
        return
    if (row.locks_at - at).total_seconds() > row.lock_minutes * 60 - SAVED_EVERY:
        return
    async with site.pages.database.transaction() as session:
        await locks.keep_open(session, row, at)


async def note_use(site: ChatSite, request: Request) -> Response:
    """Takes in that somebody reads or types, from the script of the page."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request)
    return Response(status_code=HTTPStatus.NO_CONTENT if visitor else HTTPStatus.UNAUTHORIZED)


async def change(site: ChatSite, request: Request) -> Response:
    """Puts a lock on this browser, takes it off, or shuts it now."""
    words = site.words(request)
    if not site.may_ask(request):
        return site.too_many(words)
    async with request.form(max_files=0, max_fields=10) as form:
        what, minutes, pin, again, form_key = (
            str(form.get(name, ""))[:MAX_FIELD]
            for name in ("what", "minutes", "pin", "again", FORM_KEY)
        )
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request)
    if visitor is None:
        return joining.gone(site, request)
    if not is_from_own_form(visitor.form_key, form_key):
        return site.stale(words)
    if what == "on" and (error := _trouble(visitor, pin, again)):
        return await browsers_page.with_lock_error(site, visitor, error)
    hashed = await asyncio.to_thread(locks.hash_of, pin) if what == "on" else ""
    chosen = int(minutes) if minutes in map(str, chat_lock.MINUTES) else chat_lock.MINUTES[1]
    async with site.pages.database.transaction() as session:
        if what == "on":
            await locks.put_on(session, visitor.row.id, hashed, chosen, site.at)
        elif what == "off":
            await locks.take_off(session, visitor.row.id)
        elif what == "now":
            await locks.shut(session, visitor.row, site.at)
    site.place.signals.changed(visitor.row.address)  # other tabs have to see it at once
    where = site.url() if what == "now" else site.url("browsers")
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


def _trouble(visitor: Visitor, pin: str, again: str) -> str | None:
    """Returns what is wrong with a new PIN; None: nothing."""
    say = visitor.say
    if not chat_lock.is_pin(pin):
        return say("chat.pin_malformed", fewest=chat_lock.FEWEST_DIGITS, most=chat_lock.MOST_DIGITS)
    if chat_lock.is_easy(pin):
        return say("chat.pin_easy")
    return None if pin == again else say("chat.pin_differs")


async def unlock(site: ChatSite, request: Request) -> Response:
    """Opens the lock after a right PIN; after too many wrong ones the browser is signed out."""
    words = site.words(request)
    if not site.may_ask(request):
        return site.too_many(words)
    async with request.form(max_files=0, max_fields=10) as form:
        pin, form_key = str(form.get("pin", ""))[:MAX_FIELD], form.get(FORM_KEY)
        wants_out = "sign_out" in form
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request, even_locked=True)
    if visitor is None:
        return joining.gone(site, request)
    if not is_from_own_form(visitor.form_key, form_key):
        return site.stale(words)
    row, say = visitor.row, visitor.say
    if wants_out:
        return await _sign_out(site, visitor)
    if not locks.is_locked(row, site.at):
        return RedirectResponse(site.url(), HTTPStatus.SEE_OTHER)
    counted = ("lock", str(row.id))
    if site.guesses.blocked_until(counted, site.at) is not None:
        wait = HTTPStatus.TOO_MANY_REQUESTS
        return shut_page(site, request, visitor, say("chat.pin_wait"), wait)
    async with site.pages.database.transaction() as session:
        attempt = await locks.try_pin(session, row.id)
    if attempt is not None and await asyncio.to_thread(locks.is_right, pin, attempt.hash):
        async with site.pages.database.transaction() as session:
            await locks.right(session, row, site.at)
        return RedirectResponse(site.url(), HTTPStatus.SEE_OTHER)
    if attempt is None or not attempt.left:
        return await _sign_out(site, visitor)
    site.guesses.count_wrong(counted, site.at)
    error = say("chat.pin_wrong", n=attempt.left)
    return shut_page(site, request, visitor, error, HTTPStatus.UNPROCESSABLE_ENTITY)


async def _sign_out(site: ChatSite, visitor: Visitor) -> Response:
    """Ends this browser: its chat opens again with the recovery code, or from another browser."""
    row = visitor.row
    async with site.pages.database.transaction() as session:
        await browsers.end_own(session, row)
    site.place.signals.changed(row.address)
    response = RedirectResponse(site.url("recover"), HTTPStatus.SEE_OTHER)
    site.forget_cookie(response)
    return response

"""Beginning a chat, and getting it back in another browser.

A GET makes nothing: apps that show a preview of a link open it, and a scanner of mail does too.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.registry import channels
from bot.channels.web.items import Post, PostKind
from bot.conversation.words import Words
from bot.store.chat import browsers, keys, locks, mailbox
from bot.store.chat.browsers import Opened
from bot.store.chat.mailbox import ChatMessage, NewMessage
from bot.store.members import members
from bot.web.chat.chat import COOKIE, ChatSite, host_of
from bot.web.chat.conversation import posting
from bot.web.chat.conversation.bubbles import new_form
from bot.web.pages.said import write_said
from bot.web.pages.security.security import FORM_KEY, WITH_SCRIPT, browser_of, is_from_own_form

CODE_COOKIE = "__Host-olievlek-chat-code"
CODE_SHOWN_FOR = timedelta(minutes=10)
"""Unless somebody says that they wrote it down."""
BEGUN = "begun"
"""In the address of the page after the button: a browser without our cookie refused it."""
MAX_CODE = 60
INVITED = re.compile(r"[0-9A-Za-z-]+")  # nothing else goes into an address of a platform
BEGINNING = 4  # characters of a recovery code, by which wrong ones are counted
FULL_TOKEN = 22  # characters; a shorter one was not made by us


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another channel on which an invitation can be accepted.

    Attributes:
        title: what people call it.
        link: where the bot is there.
        code: what is typed there; empty: the link says it.
    """

    title: str
    link: str
    code: str


def show_begin(
    site: ChatSite, request: Request, code: str, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Returns the page with the one button that begins a chat."""
    say = site.words(request)
    values = {
        "code": code,
        "form": new_form(),
        "form_key": "",
        "is_gone": COOKIE in request.cookies,
        "was_refused": BEGUN in request.query_params and COOKIE not in request.cookies,
        "elsewhere": elsewhere(site, code) if code else [],
    }
    response = site.render("chat/begin.html", say, say("chat.begin_title"), values)
    response.headers["Content-Security-Policy"] = WITH_SCRIPT
    response.status_code = status
    return response


def elsewhere(site: ChatSite, code: str) -> list[Elsewhere]:
    """Returns where else an invitation can be accepted: one poster does for every channel."""
    if not INVITED.fullmatch(code):
        return []
    links = site.pages.router.links(code, False)
    return [
        Elsewhere(channel.title, links[channel.name], "" if channel.link_carries_code else code)
        for channel in channels()
        if channel.name in links and channel.name != site.place.channel
    ]


async def show_invitation(site: ChatSite, request: Request) -> Response:
    """Shows the button for an invitation; its code is looked at when the button is pressed."""
    code = request.path_params["code"][:MAX_CODE]
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request)
    if visitor is None:
        return show_begin(site, request, code)
    say = visitor.say
    values = {
        "code": code,
        "form": new_form(),
        "form_key": visitor.form_key,
        "is_gone": False,
        "was_refused": False,
        "elsewhere": [],
    }
    return site.render("chat/begin.html", say, say("chat.invited_title"), values)


async def begin(site: ChatSite, request: Request) -> Response:
    """Begins a chat, or joins the team of an invitation in the one that there is."""
    words = site.words(request)
    if not site.may_ask(request) or not site.begins.allows(host_of(request), site.at):
        return site.too_many(words)
    async with request.form(max_files=0, max_fields=10) as form:
        token, code = (str(form.get(name, ""))[:MAX_CODE] for name in ("form", "code"))
        form_key = form.get(FORM_KEY)
    post = Post(kind=PostKind.BEGUN, form=f"begin {token}", text=f"/start {code}".strip())
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request)
    if visitor is not None and is_from_own_form(visitor.form_key, form_key):
        return await posting.take_in(site, request, visitor.row.address, post)
    if visitor is not None and visitor.row.begun_with != browsers.begun_with(token):
        # Two tabs with the same invitation: the second button is asked for once more.
        path = quote(code, safe="")
        return RedirectResponse(site.url(path), HTTPStatus.SEE_OTHER)
    recovery = ""
    opened: Opened | None = None
    if len(token) >= FULL_TOKEN:
        async with site.pages.database.transaction() as session:
            browser = browser_of(request)
            opened = await browsers.begin(session, site.place.channel, token, browser, site.at)
            if opened is not None:
                chat = (opened.row.channel, opened.row.address)
                recovery = await keys.new_recovery_code(session, chat, site.at)
    if opened is None:
        return site.stale(words)
    response = await posting.take_in(site, request, opened.row.address, post)
    if "location" in response.headers:
        response.headers["location"] = f"{site.url()}?{BEGUN}=1"
    site.set_cookie(response, opened.cookie)
    write_said(response, recovery, CODE_COOKIE, CODE_SHOWN_FOR)
    return response


def gone(site: ChatSite, request: Request) -> Response:
    """Returns that this browser has no chat (any more), and how it gets one."""
    if posting.asks_for_json(request):
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    return show_begin(site, request, "", HTTPStatus.UNAUTHORIZED)


# -- another browser


async def recover(site: ChatSite, request: Request) -> Response:
    """Shows the form for a recovery code, and opens the chat of the code that was typed."""
    say = site.words(request)
    if not site.may_ask(request, is_stranger=True):
        return site.too_many(say)
    if request.method != "POST":
        return _recovery_form(site, request, HTTPStatus.OK, "")
    async with request.form(max_files=0, max_fields=10) as form:
        code = str(form.get("code", ""))[:MAX_CODE]
    begins = "".join(c for c in code.upper() if c.isalnum())[:BEGINNING]
    counted = (site.place.channel, begins)
    if site.guesses.blocked_until(counted, site.at) is not None:
        return _recovery_form(site, request, HTTPStatus.TOO_MANY_REQUESTS, say("chat.code_wait"))
    async with site.pages.database.transaction() as session:
        opened = await keys.recover(session, code, browser_of(request), site.at)
        before = await site.visitor(session, request, even_locked=True)
        if opened is not None:
            await _tell_in_chat(site, session, opened)
            if before is not None and locks.is_locked(before.row, site.at):
                await browsers.end_own(session, before.row)
    if opened is None:
        site.guesses.count_wrong(counted, site.at)
        wrong = HTTPStatus.UNPROCESSABLE_ENTITY
        return _recovery_form(site, request, wrong, say("chat.code_wrong"))
    return _welcome_back(site, opened)


def _recovery_form(site: ChatSite, request: Request, status: HTTPStatus, error: str) -> Response:
    say = site.words(request)
    values = {"error": error, "has_organisation": site.pages.organisation is not None}
    response = site.render("chat/recover.html", say, say("chat.recover_title"), values)
    response.status_code = status
    return response


async def move(site: ChatSite, request: Request) -> Response:
    """Shows a button on a GET, and opens the chat of the link when it is pressed."""
    say, token = site.words(request), request.path_params["token"]
    if not site.may_ask(request, is_stranger=True):
        return site.too_many(say)
    opened: Opened | None = None
    if request.method != "POST":
        async with site.pages.database.reading() as session:
            if await keys.is_movable(session, token, site.at):
                return site.render("chat/move.html", say, say("chat.move_title"), {})
    else:
        async with site.pages.database.transaction() as session:
            opened = await keys.move(session, token, browser_of(request), site.at)
            if opened is not None:
                await _tell_in_chat(site, session, opened)
    if opened is None:
        minutes = keys.MOVE_VALID_FOR.seconds // 60
        text = say("chat.move_expired", minutes=minutes)
        return site.tell(say, say("page.sign_in_expired_title"), text, HTTPStatus.GONE)
    return _welcome_back(site, opened)


async def _tell_in_chat(site: ChatSite, session: AsyncSession, opened: Opened) -> None:
    """Says in the chat that it was opened elsewhere, for those who have it open already."""
    row = opened.row
    chat = (row.channel, row.address)
    member = await members.find_member(session, *chat)
    if member is None:
        return
    text = Words(member.language)("chat.opened_elsewhere", browser=row.browser)
    new = NewMessage(chat, f"opened-{row.id}", ChatMessage(text=text), None, site.at)
    await mailbox.add(await session.connection(), site.place.vault, new)


def _welcome_back(site: ChatSite, opened: Opened) -> Response:
    site.place.signals.changed(opened.row.address)
    response = RedirectResponse(site.url(), HTTPStatus.SEE_OTHER)
    site.set_cookie(response, opened.cookie)
    return response

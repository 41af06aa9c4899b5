"""The page of the conversation: what was said, and what somebody does there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.channels.web.items import Post, PostKind
from bot.conversation import menus
from bot.conversation.words import Words
from bot.store.chat import browsers, farewells, mailbox
from bot.web.chat import push
from bot.web.chat.browsers import joining
from bot.web.chat.chat import COOKIE, ChatSite, Visitor
from bot.web.chat.conversation import posting
from bot.web.chat.conversation.bubbles import Bubble, excerpt, new_form, of_mailbox
from bot.web.chat.conversation.history import Older, older_rounds
from bot.web.pages.said import forget_said, read_said
from bot.web.pages.security.security import FORM_KEY, WITH_SCRIPT, is_from_own_form

MAX_TEXT = 10_000  # characters
MAX_FILE = 1_100_000  # bytes; a challenge set is smaller, and of a larger one only that is said
MAX_NAME = 120
MAX_TOKEN = 64
MAX_ACTION = 64  # as `Button` has it
ERASED_SECONDS = 2  # until it is looked again whether an erasure is over
KEY = re.compile(r"[!-~]{1,320}")  # what else is asked for, no message has


@dataclass(frozen=True, slots=True)
class Shown:
    """A conversation as the page shows it.

    Attributes:
        bubbles: oldest first.
        changed: up to where the mailbox is in it.
        before: the nudge before which there are older rounds; None: there are none.
        commands: the name and the description of what can be chosen besides.
        answering: the message that a reply is written to; None: none was chosen.
        push: what the page does about push, see `push.state`.
    """

    bubbles: Sequence[Bubble]
    changed: int
    before: int | None
    commands: Sequence[tuple[str, str]]
    answering: Bubble | None
    push: str | None


async def show(site: ChatSite, request: Request) -> Response:
    """Answers a GET: the conversation, or how one begins in a browser that has none."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request)
        if visitor is None:
            last = await _last_word(site, session, request)
            return joining.show_begin(site, request, "") if last is None else last
        shown = await _shown(site, session, request, visitor)
        was_told = await push.looked(site, session, visitor)
    if was_told:
        await push.opened(site, visitor)
    say, is_noted = visitor.say, "noted" in request.query_params
    values = {
        "chat": site.url,
        "visitor": visitor,
        "shown": shown,
        "push_key": site.place.push.public_key if site.place.push else "",
        "form": new_form(),
        "said": read_said(request),
        "code": None if is_noted else read_said(request, joining.CODE_COOKIE),
        "is_older": "before" in request.query_params,
        "quoted": excerpt(shown.answering.text) if shown.answering else "",
        "most": MAX_TEXT,
        "most_bytes": MAX_FILE,
    }
    html = site.pages.renderer.bare("chat/conversation.html", say, say("chat.title"), values)
    response = Response(html, media_type="text/html")
    response.headers["Content-Security-Policy"] = WITH_SCRIPT
    forget_said(response)
    if is_noted:
        forget_said(response, joining.CODE_COOKIE)
    await _rotate(site, request, visitor, response)
    return response


async def _last_word(site: ChatSite, session: AsyncSession, request: Request) -> Response | None:
    """Returns the last page of somebody who was erased, once in each browser; None: nobody was."""
    cookie, say = request.cookies.get(COOKIE), site.words(request)
    last = await farewells.find_for(session, cookie, site.at) if cookie else None
    if last is None:
        return None
    text = last.text or say("chat.erasing")
    values = {"text": text, "back": site.url(), "is_last": True}
    response = site.render("chat/message.html", say, say("chat.farewell"), values)
    response.headers["Content-Security-Policy"] = WITH_SCRIPT
    if last.text is None:
        response.headers["Refresh"] = f"{ERASED_SECONDS}; url={site.url()}"
    else:
        site.forget_cookie(response)
    return response


async def _shown(
    site: ChatSite, session: AsyncSession, request: Request, visitor: Visitor
) -> Shown:
    before = _number(request.query_params.get("before"))
    kept = await mailbox.since(session, site.place.vault, visitor.chat, 0) if not before else []
    nudges = {each.message.nudge for each in kept if each.message.nudge is not None}
    keys = {each.key for each in kept}
    context = site.context(session, visitor)
    older = Older([], None)
    commands: Sequence[tuple[str, str]] = ()
    if context is not None:
        older = await older_rounds(context, visitor, before, nudges | keys)
        commands = menus.commands_for(context.say, await context.roles())
    bubbles = [*older.bubbles, *of_mailbox(site, visitor, kept, older.bubbles)]
    wanted = request.query_params.get("reply")
    answering = next((b for b in bubbles if b.key == wanted and b.can_reply), None)
    changed = max((each.changed for each in kept), default=0)
    told = await push.state(site, session, request, visitor)
    return Shown(bubbles, changed, older.before, commands, answering, told)


def _number(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    return int(text)


async def _rotate(site: ChatSite, request: Request, visitor: Visitor, response: Response) -> None:
    """Replaces the cookie if it is old."""
    if not browsers.needs_rotation(visitor.row, site.at):
        return
    async with site.pages.database.transaction() as session:
        opened = await browsers.rotate(session, request.cookies[COOKIE], site.at)
    if opened is not None:
        site.set_cookie(response, opened.cookie)


# -- what somebody does


async def say(site: ChatSite, request: Request) -> Response:
    """Takes in what was typed, pressed, changed, taken back or sent as a file."""
    words = site.words(request)
    if not site.may_ask(request):
        return site.too_many(words)
    try:
        async with request.form(max_files=1, max_fields=20) as form:
            async with site.pages.database.reading() as session:
                visitor = await site.visitor(session, request)
            if visitor is None:
                return joining.gone(site, request)
            if not is_from_own_form(visitor.form_key, form.get(FORM_KEY)):
                return site.stale(words)
            if len(_field(form, "text")) > MAX_TEXT:
                return _too_large(site, words("chat.too_long", most=MAX_TEXT), words)
            post = await _post_of(form)
    except ClientDisconnect:
        return _too_large(site, words("chat.too_large"), words)
    if post is None:
        if posting.asks_for_json(request):
            return JSONResponse({})
        return RedirectResponse(site.url(), HTTPStatus.SEE_OTHER)
    return await posting.take_in(site, request, visitor.row.address, post)


def _too_large(site: ChatSite, text: str, words: Words) -> Response:
    title, status = words("page.not_possible_title"), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return site.tell(words, title, text, status)


async def _post_of(form: FormData) -> Post | None:
    """Returns what a form says; None: nothing."""
    token, text = _field(form, "form", MAX_TOKEN), _field(form, "text")
    message = _key(form, "message")
    if not token:
        return None
    if action := _field(form, "press", MAX_ACTION):
        return Post(kind=PostKind.PRESSED, form=token, action=action, message=message)
    if "delete" in form:
        return Post(kind=PostKind.DELETED, form=token, message=message)
    if "edit" in form:
        return Post(kind=PostKind.EDITED, form=token, text=text, message=message) if text else None
    if command := _field(form, "command", MAX_NAME):
        return Post(kind=PostKind.TYPED, form=token, text=command)
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        content = await file.read(MAX_FILE)
        name = file.filename[-MAX_NAME:]
        return Post(kind=PostKind.FILE, form=token, text=text, name=name, content=content)
    if not text.strip():
        return None
    return Post(kind=PostKind.TYPED, form=token, text=text, reply_to=_key(form, "reply_to"))


def _key(form: FormData, name: str) -> str | None:
    """Returns the key of a message that a form is about; None: of none that there could be."""
    value = form.get(name)
    return value if isinstance(value, str) and KEY.fullmatch(value) else None


def _field(form: FormData, name: str, most: int | None = None) -> str:
    """Returns a field as people type it: nobody types a NUL, and a database may not keep it."""
    value = form.get(name, "")
    return value.replace("\0", "").replace("\r\n", "\n")[:most] if isinstance(value, str) else ""


# -- pictures and files


async def attachment(site: ChatSite, request: Request) -> Response:
    """Returns the picture or file of a message of this chat."""
    words, key = site.words(request), request.path_params["key"]
    if not site.may_ask(request):
        return site.too_many(words)
    content = message = visitor = None
    async with site.pages.database.reading() as session:
        if KEY.fullmatch(key):
            visitor = await site.visitor(session, request)
        if visitor is not None:
            vault = site.place.vault
            message = await mailbox.find(session, vault, visitor.chat, key)
            content = await mailbox.attachment(session, vault, visitor.chat, key)
    if content is None or message is None:
        title, text = words("page.not_found_title"), words("chat.attachment_gone")
        return site.tell(words, title, text, HTTPStatus.NOT_FOUND)
    if message.picture is not None:
        return Response(content, media_type="image/png")
    name = "".join(c for c in message.file or "file" if c.isascii() and (c.isalnum() or c in "-_."))
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

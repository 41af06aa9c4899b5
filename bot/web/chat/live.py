"""What is new in a chat, for the script of its page: as a stream of events, or when it asks."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.channels.chat_signals import woken
from bot.conversation.words import Words
from bot.store.chat import farewells
from bot.store.chat.farewells import LastWord
from bot.web.chat import push
from bot.web.chat.browsers import joining
from bot.web.chat.chat import ChatSite, Visitor
from bot.web.chat.conversation.bubbles import Bubble, of_mailbox
from bot.web.chat.looks import Look
from bot.web.connection_limits import STREAM

LOOK_SECONDS = 20.0
"""How often a stream looks without being woken: for what another replica put there, and whether the
browser may still read it. Something is sent too, so that no proxy ends it."""
RECONNECT_MILLISECONDS = 2_000


def _after(request: Request) -> int:
    """Returns up to where the page is, as the browser or its script says."""
    given = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0


async def _looks(site: ChatSite, request: Request) -> Visitor | None:
    """Returns whose browser asks, which looks at the chat now; None: it has none (any more)."""
    async with site.pages.database.reading() as session:
        visitor = await site.visitor(session, request)
        was_told = visitor is not None and await push.looked(site, session, visitor)
    if visitor is not None and was_told:
        await push.opened(site, visitor)
    return visitor


async def news(site: ChatSite, request: Request) -> Response:
    """Returns what came or changed since, for a page that has no stream."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    if (visitor := await _looks(site, request)) is None:
        return joining.gone(site, request)
    _, bubbles = await _look(site, visitor, _after(request))
    return JSONResponse({"messages": [_data(site, visitor, each) for each in bubbles]})


async def stream(site: ChatSite, request: Request) -> Response:
    """Returns the stream of what happens in this chat, from a change on."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    if (visitor := await _looks(site, request)) is None:
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    if not request.scope.get(STREAM, lambda: True)():
        return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    return StreamingResponse(
        _events(site, visitor, _after(request)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(site: ChatSite, visitor: Visitor, after: int) -> AsyncIterator[str]:
    """Yields what happens, until the browser goes or may not read the chat any more."""
    seen: dict[str, int] = {}
    with site.place.signals.listening(visitor.row.address) as listener:
        yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
        is_typing, language = False, visitor.say.language
        while not site.place.signals.is_closed:
            speaks, bubbles = await _look(site, visitor, after)
            for each in bubbles:
                if seen.get(each.key) != each.changed:
                    seen[each.key], after = each.changed, max(after, each.changed)
                    yield _event("message", _data(site, visitor, each), after)
            for name, keys in (("settled", listener.settled), ("removed", listener.removed)):
                while keys:
                    yield _event(name, {"key": keys.pop(0)})
            if listener.is_typing != is_typing:
                is_typing = listener.is_typing
                yield _event("typing", {"on": is_typing})
            if speaks and speaks != language:
                language = speaks
                visitor = replace(visitor, say=Words(speaks))
                yield _event("language", {})
            last = None if speaks is not None else await _last_word(site, visitor)
            if speaks is None and (last is None or last.text is not None):
                yield _event("farewell", {"text": last.text if last else ""})
                return
            if not await woken(listener, LOOK_SECONDS):
                if last is not None:  # the erasure takes long: the page says so
                    yield _event("farewell", {"text": ""})
                    return
                yield ": \n\n"


async def _last_word(site: ChatSite, visitor: Visitor) -> LastWord | None:
    """Returns what is said where a chat was erased; None: this browser was signed out."""
    async with site.pages.database.reading() as session:
        return await farewells.find_in(session, visitor.row.id, site.at)


async def _look(site: ChatSite, visitor: Visitor, after: int) -> tuple[str | None, list[Bubble]]:
    """Returns the language of whose browser it is, and what came or changed since.

    The language is empty while they are no member, and None when the browser may not read any more.
    """
    look = Look(visitor.row.id, visitor.chat, after, site.at)
    seen = await site.looks.ask(site.pages.database, site.place.vault, look)
    return seen.language, of_mailbox(site, visitor, seen.messages)


def _data(site: ChatSite, visitor: Visitor, bubble: Bubble) -> dict[str, object]:
    values = {"chat": site.url, "visitor": visitor, "bubble": bubble}
    html = site.pages.renderer.bare("chat/one.html", visitor.say, "", values)
    return {"key": bubble.key, "changed": bubble.changed, "html": html}


def _event(name: str, data: dict[str, object], number: int | None = None) -> str:
    lines = [f"event: {name}", f"data: {json.dumps(data)}"]
    if number is not None:
        lines.insert(0, f"id: {number}")
    return "\n".join(lines) + "\n\n"

"""Bringing what somebody did on the page into the inbox, and waiting a moment for the answer."""

import asyncio
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.channels.base import TemporaryFailure
from bot.channels.chat_signals import Listener, woken
from bot.channels.web.items import Post, item_key, received_item
from bot.web.chat.chat import ChatSite, language_of
from bot.web.pages.said import write_said

HANDLED_WITHIN = 2.0  # seconds; what takes longer is shown when it is there
ANSWERED_WITHIN, QUIET_FOR = 1.0, 0.1


def asks_for_json(request: Request) -> bool:
    """Returns whether the script of the page asks, which reads an answer itself."""
    return "application/json" in request.headers.get("accept", "")


async def take_in(site: ChatSite, request: Request, address: str, post: Post) -> Response:
    """Brings a post into the inbox, and answers once it was handled, or soon after."""
    item = received_item(address, post, site.at, language_of(request))
    signals, words = site.place.signals, site.words(request)
    is_script = asks_for_json(request)
    with signals.listening(address) as listener, signals.handling(item_key(address, post)) as done:
        try:
            await site.place.intake.receive([item])
        except TemporaryFailure:
            if is_script:
                return JSONResponse({}, HTTPStatus.SERVICE_UNAVAILABLE)
            title, text = words("page.broken_title"), words("chat.not_stored")
            return site.tell(words, title, text, HTTPStatus.SERVICE_UNAVAILABLE)
        await asyncio.wait([done], timeout=HANDLED_WITHIN)
        notice = done.result() if done.done() else None
        if is_script:
            return JSONResponse({"notice": notice})
        await _until_quiet(listener)
    response = RedirectResponse(site.url(), HTTPStatus.SEE_OTHER)
    if notice:
        write_said(response, notice)
    return response


async def _until_quiet(listener: Listener) -> None:
    """Waits until the answer is there, as far as it comes at once, for a page without a script."""
    loop = asyncio.get_running_loop()
    end = loop.time() + ANSWERED_WITHIN
    while loop.time() < end:
        if not await woken(listener, QUIET_FOR) and listener.is_answered:
            return

"""The paths of the chat."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from bot.web.chat import feed, live, manifest, push, worker
from bot.web.chat.browsers import browsers, joining, lock
from bot.web.chat.chat import VISITOR, ChatLocked, ChatSite
from bot.web.chat.conversation import conversation

Endpoint = Callable[[Request], Awaitable[Response]]


ChatEndpoint = Callable[[ChatSite, Request], Awaitable[Response]]


def _unless_locked(site: ChatSite, endpoint: ChatEndpoint, *, is_use: bool) -> Endpoint:
    """Returns an endpoint that shows the lock while it is shut.

    Args:
        site: the chat.
        endpoint: what is behind the lock.
        is_use: whether somebody who asks for it uses the browser; a script may ask by itself.
    """

    async def answer(request: Request) -> Response:
        try:
            response = await endpoint(site, request)
        except ChatLocked as locked:
            return lock.shut_page(site, request, locked.visitor)
        if is_use and (visitor := request.scope.get(VISITOR)) is not None:
            await lock.used(site, visitor.row)
        return response

    return answer


def chat_routes(site: ChatSite) -> Iterator[tuple[str, Endpoint, list[str]]]:
    """Yields path, endpoint and methods; those with a name of their own go before a code."""
    used = partial(_unless_locked, site, is_use=True)
    by_itself = partial(_unless_locked, site, is_use=False)
    yield "chat", used(conversation.show), ["GET"]
    yield "chat/begin", used(joining.begin), ["POST"]
    yield "chat/say", used(conversation.say), ["POST"]
    yield "chat/stream", by_itself(live.stream), ["GET"]
    yield "chat/news", by_itself(live.news), ["GET"]
    yield "chat/used", used(lock.note_use), ["POST"]
    yield "chat/attachment/{key}", by_itself(conversation.attachment), ["GET"]
    yield "chat/recover", partial(joining.recover, site), ["GET", "POST"]
    yield "chat/move/{token}", partial(joining.move, site), ["GET", "POST"]
    yield "chat/calendar/{token}.ics", partial(feed.show, site), ["GET"]
    yield "chat/manifest.webmanifest", partial(manifest.show, site), ["GET"]
    yield "chat/worker.js", partial(worker.show, site), ["GET"]
    yield "chat/offline", partial(worker.offline, site), ["GET"]
    yield "chat/push", partial(push.subscribe, site), ["POST"]
    yield "chat/browsers", used(browsers.show), ["GET"]
    yield "chat/browsers", used(browsers.change), ["POST"]
    yield "chat/lock", used(lock.change), ["POST"]
    yield "chat/unlock", partial(lock.unlock, site), ["POST"]
    yield "chat/{code}", used(joining.show_invitation), ["GET"]

"""The paths of the chat."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from bot.web.chat import browsers, conversation, feed, joining, live, manifest, push
from bot.web.chat.chat import ChatSite

Endpoint = Callable[[Request], Awaitable[Response]]


def chat_routes(site: ChatSite) -> Iterator[tuple[str, Endpoint, list[str]]]:
    """Yields path, endpoint and methods; those with a name of their own go before a code."""
    yield "chat", partial(conversation.show, site), ["GET"]
    yield "chat/begin", partial(joining.begin, site), ["POST"]
    yield "chat/say", partial(conversation.say, site), ["POST"]
    yield "chat/stream", partial(live.stream, site), ["GET"]
    yield "chat/news", partial(live.news, site), ["GET"]
    yield "chat/attachment/{key}", partial(conversation.attachment, site), ["GET"]
    yield "chat/recover", partial(joining.recover, site), ["GET", "POST"]
    yield "chat/move/{token}", partial(joining.move, site), ["GET", "POST"]
    yield "chat/calendar/{token}.ics", partial(feed.show, site), ["GET"]
    yield "chat/manifest.webmanifest", partial(manifest.show, site), ["GET"]
    yield "chat/worker.js", partial(push.worker, site), ["GET"]
    yield "chat/push", partial(push.subscribe, site), ["POST"]
    yield "chat/browsers", partial(browsers.show, site), ["GET"]
    yield "chat/browsers", partial(browsers.change, site), ["POST"]
    yield "chat/{code}", partial(joining.show_invitation, site), ["GET"]

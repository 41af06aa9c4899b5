"""The service worker of the chat, and the page that it shows without a network.

Neither says anything about anybody, so they need no cookie, and the worker keeps nothing of a chat.
"""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from bot.conversation.words import Words
from bot.languages.registry import tags
from bot.web.chat.chat import ChatSite
from bot.web.pages.security.security import WITH_SCRIPT

POLICY = "default-src 'none'; connect-src 'self'"
ASSETS = (
    "components.css",
    "theme.css",
    "conversation.css",
    "drop.svg",
    "waiting.js",
    "retries.js",
    "offline.js",
)


async def show(site: ChatSite, request: Request) -> Response:
    """Returns the service worker; a new version of what it keeps is a new version of it."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    say, renderer = _words(site, request), site.pages.renderer
    theme = renderer.theme
    themed = [renderer.themed(name) for name in (theme.tokens, theme.logo) if name]
    assets = [*map(renderer.static, ASSETS), *(path for path in themed if path)]
    page = _page(site, say).body
    caches = f"olievlek{site.url()}-"
    version = sha256("\n".join(assets).encode() + bytes(page)).hexdigest()[:12]
    words = {
        "text": say("chat.push_body"),
        "language": say.language,
        "chat": site.url(),
        "push": site.url("push"),
        "offline": f"{site.url('offline')}?language={say.language}",
        "assets": assets,
        "caches": caches,
        "cache": f"{caches}{version}",
    }
    script = renderer.bare("chat/worker.js", say, "", {"words": words})
    return Response(
        script,
        media_type="text/javascript",
        headers={"Service-Worker-Allowed": site.url(), "Content-Security-Policy": POLICY},
    )


async def offline(site: ChatSite, request: Request) -> Response:
    """Returns the page that a browser shows without a network."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    return _page(site, _words(site, request))


def _page(site: ChatSite, say: Words) -> Response:
    response = site.render("chat/offline.html", say, say("chat.offline_title"), {})
    response.headers["Content-Security-Policy"] = WITH_SCRIPT
    return response


def _words(site: ChatSite, request: Request) -> Words:
    asked = request.query_params.get("language", "")
    return Words(asked) if asked in tags() else site.words(request)

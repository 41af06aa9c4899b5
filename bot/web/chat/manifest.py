"""The manifest, with which a browser puts the chat among the apps of a phone."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.web.chat.chat import ChatSite


async def show(site: ChatSite, request: Request) -> Response:
    """Returns the manifest; it says nothing about anybody, so it needs no cookie."""
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    say, renderer = site.words(request), site.pages.renderer
    icon = {"src": renderer.static("drop.svg"), "type": "image/svg+xml", "sizes": "any"}
    manifest = {
        "id": site.url(),
        "name": "Olievlek",
        "short_name": "Olievlek",
        "description": say("menu.short"),
        "lang": say.language,
        "start_url": site.url(),
        "scope": site.url(),
        "display": "standalone",
        "icons": [icon],
    }
    return JSONResponse(manifest, media_type="application/manifest+json")

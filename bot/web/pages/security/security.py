"""What every answer of the pages has, and what no request may be."""

from collections.abc import Callable, Sequence
from hmac import compare_digest
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.pages.sign_in.cookies import is_framed

FORM_KEY = "form_key"
MAX_FORM_BYTES = 2_500_000  # a challenge set of the largest size, and the other fields
MAX_PATH_LENGTH = 2_000
MINI_APP = "mini-app"
RUNS_SCRIPT = "olievlek.runs_script"
"""In the scope of a request: the page that answers it has a script of ours."""
WITHOUT_KEY = ("/web/sign-in/", f"/web/{MINI_APP}", "/chat/begin", "/chat/recover", "/chat/move/")
"""Where forms are posted by who has no session yet, so that no key can be in them."""

POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    ]
)
WITH_SCRIPT = (
    f"{POLICY}; script-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "frame-ancestors 'none'"
)
"""The policy of the page of the chat, which has a script of ours."""
HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


Refuse = Callable[[Request, HTTPStatus], Response]
"""Makes the page that says that a request was refused."""


class Protected:
    """Adds the headers to every answer, and refuses what is too large or from another site.

    Args:
        app: the pages.
        origin: the scheme and host under which browsers know them.
        refuse: makes the page that says that a request was refused.
        is_https: whether that is encrypted.
        frame_ancestors: the origins that may show the pages of a Mini App in a frame.
    """

    def __init__(
        self,
        app: ASGIApp,
        origin: str,
        refuse: Refuse,
        *,
        is_https: bool,
        frame_ancestors: Sequence[str] = (),
    ) -> None:
        self._app, self._origin, self._is_https = app, origin, is_https
        self._refuse = refuse
        self._ancestors = " ".join(frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started = False

        async def protected(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(raw=message["headers"])
                for name, value in (HEADERS | self._framing(scope)).items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if self._is_https:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                message["headers"] = headers.raw
            await send(message)

        status = self._refusal(scope)
        if status is not None:
            await self._refuse(Request(scope), status)(scope, receive, protected)
            return
        left = MAX_FORM_BYTES

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:  # it said that it was smaller, or nothing
                return {"type": "http.disconnect"}
            return message

        try:
            await self._app(scope, limited, protected)
        except Exception:
            # It was answered and logged, without its text, and raised again for the server to log.
            if not started:
                await _broken(protected)

    def _framing(self, scope: Scope) -> dict[str, str]:
        """Returns who may show an answer in a frame, and what runs in it."""
        is_entry = scope["path"].endswith(f"/web/{MINI_APP}")
        is_framed_page = "/web/" in scope["path"] and is_framed(HTTPConnection(scope).cookies)
        script = "; script-src 'self'" if is_entry else ""
        if scope.get(RUNS_SCRIPT):
            script = "; script-src 'self'; connect-src 'self'"
        if not self._ancestors or not (is_entry or is_framed_page):
            policy = f"{POLICY}; frame-ancestors 'none'{script}"
            return {"Content-Security-Policy": policy, "X-Frame-Options": "DENY"}
        return {"Content-Security-Policy": f"{POLICY}; frame-ancestors {self._ancestors}{script}"}

    def _refusal(self, scope: Scope) -> HTTPStatus | None:
        headers = Headers(scope=scope)
        if len(scope["path"]) > MAX_PATH_LENGTH:
            return HTTPStatus.REQUEST_URI_TOO_LONG
        if scope["method"] in ("GET", "HEAD"):
            return None
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:12]) > MAX_FORM_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return None if self._is_own(headers, scope["path"]) else HTTPStatus.FORBIDDEN

    def _is_own(self, headers: Headers, path: str) -> bool:
        """Returns whether a form was posted from a page of ours.

        A browser always tells, but where it may send no referrer it calls its origin `null`; then
        the key in the form has to do, or for signing in, which has none, that it says otherwise
        that it is here. A program that is no browser may leave both headers out: it has no cookie
        of anybody else.
        """
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site not in (None, "same-origin", "none"):
            return False
        if origin == "null":
            return site == "same-origin" or not any(place in path for place in WITHOUT_KEY)
        return origin is None or origin == self._origin


async def _broken(send: Send) -> None:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    body = status.phrase.encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def is_from_own_form(form_key: str, posted: object) -> bool:
    """Returns whether a form has the key of the session it was posted in."""
    return isinstance(posted, str) and compare_digest(form_key.encode(), posted.encode())


def browser_of(request: Request) -> str:
    """Returns what a browser calls itself, for its owner to recognise: `Firefox, Windows`."""
    agent = request.headers.get("user-agent", "")[:500]
    browsers = {
        "Edg": "Edge",
        "OPR/": "Opera",
        "SamsungBrowser": "Samsung Internet",
        "Firefox/": "Firefox",
        "FxiOS": "Firefox",
        "CriOS": "Chrome",
        "Chrome/": "Chrome",
        "Safari/": "Safari",
    }
    systems = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Android": "Android",
        "Windows": "Windows",
        "Mac OS X": "Mac",
        "CrOS": "ChromeOS",
        "Linux": "Linux",
    }
    found = [
        next((name for mark, name in known.items() if mark in agent), None)
        for known in (browsers, systems)
    ]
    return ", ".join(name for name in found if name) or "browser"

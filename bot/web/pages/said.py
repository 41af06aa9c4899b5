"""What a page says once, after a form: it travels in a cookie to the page that follows."""

import base64
import json
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from bot.web.pages.sign_in.cookies import put_cookie

SAID_COOKIE = "__Host-olievlek-said"
A_MINUTE = timedelta(minutes=1)
MAX_SAID = 2_000  # characters; a cookie holds 4,096 bytes


def write_said(
    response: Response,
    said: str,
    cookie: str = SAID_COOKIE,
    lasts: timedelta = A_MINUTE,
    *,
    framed: bool = False,
) -> None:
    """Has the next page say this, for as long as it lasts at most."""
    value = base64.urlsafe_b64encode(json.dumps(said[:MAX_SAID]).encode()).decode()
    put_cookie(response, cookie, value, int(lasts.total_seconds()), framed=framed)


def read_said(request: Request, cookie: str = SAID_COOKIE) -> str | None:
    """Returns what this page is to say; None: nothing."""
    value = request.cookies.get(cookie)
    if value is None:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(value))
    except ValueError:
        return None
    return said if isinstance(said, str) else None


def forget_said(response: Response, cookie: str = SAID_COOKIE, *, framed: bool = False) -> None:
    """Has the page after this one not say it again."""
    put_cookie(response, cookie, "", 0, framed=framed)

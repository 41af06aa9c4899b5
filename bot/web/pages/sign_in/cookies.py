"""The cookies of the pages, and of a Mini App in a frame.

A Mini App is shown in a frame of Telegram's web client, where a browser sends only cookies that
say `SameSite=None`. So its session has a cookie of its own name, kept apart for each site that has
the frame (`Partitioned`), and all other sessions keep the stricter `SameSite=Lax`.
"""

from collections.abc import Mapping
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "__Host-olievlek"
FRAMED_COOKIE = "__Host-olievlek-mini-app"


def is_framed(cookies: Mapping[str, str]) -> bool:
    """Returns whether a request with these cookies is of a session of a Mini App."""
    return FRAMED_COOKIE in cookies and COOKIE not in cookies


def session_cookie(request: Request) -> str | None:
    """Returns the token of the session in which a request was made; None: in none."""
    return request.cookies.get(COOKIE, request.cookies.get(FRAMED_COOKIE))


def set_session(
    response: Response, cookie: str, valid_for: timedelta, *, framed: bool = False
) -> None:
    """Gives the browser the cookie of its session; no script and no other site can use it.

    A Mini App keeps its cookie until it is closed: it outlives the session, so that the page that
    says that the session has ended can be shown in the frame too.
    """
    if framed:
        put_cookie(response, FRAMED_COOKIE, cookie, None, framed=True)
        put_cookie(response, COOKIE, "", 0, framed=False)  # it would go before this one
    else:
        put_cookie(response, COOKIE, cookie, int(valid_for.total_seconds()), framed=False)


def forget_session(response: Response, request: Request) -> None:
    """Takes the cookie of its session from the browser."""
    framed = is_framed(request.cookies)
    put_cookie(response, FRAMED_COOKIE if framed else COOKIE, "", 0, framed=framed)


def put_cookie(
    response: Response, name: str, value: str, seconds: int | None, *, framed: bool
) -> None:
    """Gives the browser a cookie for these seconds, or until it is closed; zero takes it away."""
    # By hand: Starlette can say `Partitioned` only where Python's own library knows it (3.14).
    parts = [f"{name}={value}", "Path=/", "Secure", "HttpOnly"]
    parts += [] if seconds is None else [f"Max-Age={seconds}"]
    parts += ["SameSite=None", "Partitioned"] if framed else ["SameSite=lax"]
    response.headers.append("set-cookie", "; ".join(parts))

"""`/.well-known/security.txt`: where somebody can report a vulnerability, as RFC 9116 has it.

Dutch public bodies have to have one (Forum Standaardisatie, since 2023).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.languages.registry import tags

SECURITY_TXT = ".well-known/security.txt"
VALID = timedelta(days=90)  # RFC 9116 advises less than a year


def security_txt(
    contact: str, address: str, clock: Callable[[], datetime]
) -> Callable[[Request], Awaitable[Response]]:
    """Returns what answers requests for the file.

    Args:
        contact: the URI of whoever takes reports.
        address: the scheme and host of the pages.
        clock: returns the present; from then on the file is valid for ninety days.
    """

    async def endpoint(_: Request) -> Response:
        expires = (clock() + VALID).replace(hour=0, minute=0, second=0, microsecond=0)
        fields = {
            "Contact": contact,
            "Expires": expires.isoformat().replace("+00:00", "Z"),
            "Preferred-Languages": ", ".join(tags()),
            "Canonical": f"{address}/{SECURITY_TXT}",
        }
        return PlainTextResponse("".join(f"{name}: {text}\n" for name, text in fields.items()))

    return endpoint

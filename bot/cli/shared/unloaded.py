"""What libraries load by themselves, and the bot as a service never uses.

See https://docs.python.org/3/reference/import.html#the-module-cache
"""

import sys
from types import ModuleType

# structlog and cryptography load these where they find them: for tracebacks in colour, and for
# private keys with a password. None of what is loaded later needs one of them, as a test shows.
UNUSED = ("rich", "pygments", "twisted", "bcrypt")
TRANSPORT = "telegram.request._httpxrequest"


class HTTPXRequest:
    """Stands in for python-telegram-bot's own transport, which would load HTTPX.

    The library imports it for a bot that is given none, and asks whether a given one is of it.
    """

    def __init__(self, *_: object, **__: object) -> None:
        raise TypeError  # the channel hands its own transports to the bot


def leave_out_unused() -> None:
    """Has this process load none of what the bot as a service has no use for.

    `UNUSED` looks as if it were not installed. What is loaded already stays as it is.
    """
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # what makes an import fail
    transport = ModuleType(TRANSPORT, HTTPXRequest.__doc__)
    transport.HTTPXRequest = HTTPXRequest  # type: ignore[attr-defined]
    sys.modules.setdefault(TRANSPORT, transport)

"""Telegram's Mini App: whether `initData` is Telegram's, and whose it is.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest, digest
from urllib.parse import parse_qsl

from bot.channels.mini_apps import VALID_FOR, Opening

FRAME_ANCESTORS = (
    "https://web.telegram.org",
    "https://webk.telegram.org",
    "https://weba.telegram.org",
    "https://webz.telegram.org",
)
"""Telegram's clients in a browser; its other apps show a Mini App in no frame."""
CLOCKS_DIFFER = timedelta(seconds=10)
"""How far Telegram's clock, of which a moment has whole seconds, may be ahead of ours."""
MAX_LENGTH = 4_096
MAX_FIELDS = 32
MAX_SECONDS_DIGITS = 11


def opening(token: str, init_data: str, at: datetime) -> Opening | None:
    """Returns who opened the Mini App; None: not believed.

    Args:
        token: of the bot whose Mini App it is.
        init_data: what Telegram handed the page, as a query string.
        at: the present.
    """
    fields = _fields(init_data)
    if fields is None or (claimed := fields.pop("hash", None)) is None:
        return None
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = digest(b"WebAppData", token.encode(), sha256)
    made = digest(key, lines.encode(), sha256).hex()
    if not compare_digest(made.encode(), claimed.encode()):
        return None
    opened_at, user = _moment(fields.get("auth_date", "")), _user_id(fields.get("user", ""))
    if opened_at is None or user is None:
        return None
    if not at - VALID_FOR < opened_at <= at + CLOCKS_DIFFER:
        return None
    return Opening(str(user), made, opened_at + VALID_FOR)


def _fields(init_data: str) -> dict[str, str] | None:
    """Returns the fields by name; None: that is no query string, or a name is in it twice."""
    if len(init_data) > MAX_LENGTH:
        return None
    try:
        pairs = parse_qsl(
            init_data,
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
        init_data.encode()  # no half of a surrogate pair
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def _moment(seconds: str) -> datetime | None:
    if not re.fullmatch(rf"[0-9]{{1,{MAX_SECONDS_DIGITS}}}", seconds):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def _user_id(user: str) -> int | None:
    try:
        parsed = json.loads(user)
    except (ValueError, RecursionError):
        return None
    number = parsed.get("id") if isinstance(parsed, dict) else None
    return number if type(number) is int and number > 0 else None

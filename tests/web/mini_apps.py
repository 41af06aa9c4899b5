"""Telegram, as it hands a Mini App what says who opened it."""

import json
from datetime import datetime
from functools import partial
from hashlib import sha256
from hmac import digest
from urllib.parse import quote, urlencode

from bot.channels.mini_apps import MiniApp
from bot.channels.telegram.mini_app import FRAME_ANCESTORS, opening

TOKEN = "123456:the-token-of-the-bot"
MINI_APP = MiniApp("paper", partial(opening, TOKEN), FRAME_ANCESTORS)


def fields_of(user: object, at: datetime) -> dict[str, str]:
    """What Telegram says of an opening, not signed yet."""
    return {
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "user": json.dumps({"id": user, "first_name": "Zoë & co = één", "language_code": "nl"}),
        "auth_date": str(int(at.timestamp())),
        "signature": "c2lnbmF0dXJl",
    }


def sign(fields: dict[str, str], token: str = TOKEN) -> str:
    """The hash of these fields, as Telegram's documentation has it."""
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    return digest(digest(b"WebAppData", token.encode(), sha256), lines.encode(), sha256).hex()


def init_data(number: object, at: datetime, token: str = TOKEN, **more: str) -> str:
    """What Telegram hands the page: its fields as a query string, with their hash."""
    fields = fields_of(number, at) | more
    return urlencode({**fields, "hash": sign(fields, token)}, quote_via=quote)

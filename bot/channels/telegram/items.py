"""Telegram's updates as items: taken in as they come, each decoded by itself when it is handled.

Of what comes in nothing is needed but the number and the chat, so it stays JSON until it is
handled. An update that the library does not understand (a field of next year's Bot API, a date that
is a word) then costs no other.
"""

import json
from datetime import UTC, datetime
from typing import Any, TypeGuard

from telegram import Bot, Update
from telegram.constants import ChatType, MessageEntityType

from bot.channels.base import UndecodableItem
from bot.messages import ReceivedItem

# In this order: a press has a message in it, that of the button.
KINDS = ("callback_query", "message", "edited_message", "my_chat_member", "message_reaction")
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
ADDRESSING = (MessageEntityType.BOT_COMMAND, MessageEntityType.MENTION)
NO_CHAT = "?"  # the order in which updates are handled of which the chat is not clear
MAX_ID = 2**63  # no number of Telegram's needs more bits


def update_number(update: object) -> int | None:
    """Returns the number of an update; None: it has none, so it is no update."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if _is_id(number) else None


def id_text(number: object) -> str:
    """Returns a number that Telegram gave to something, as text.

    Raises:
        TypeError: it is none.
    """
    if not _is_id(number):
        raise TypeError
    return str(number)


def received_item(update: dict[str, Any]) -> ReceivedItem | None:
    """Returns an update as an item; None: it is what people in a group say to each other.

    One that is nested deeper than can be written again is an item without content, to be set aside.

    Args:
        update: with a number.
    """
    kind = next((kind for kind in KINDS if isinstance(update.get(kind), dict)), "")
    content = _object(update, kind)
    if kind in ("message", "edited_message") and _is_said_to_others(content):
        return None
    message = _object(content, "message") if kind == "callback_query" else content
    sender = _number(_object(content, "from"))
    text = content.get("text", content.get("caption")) if kind == "message" else None
    return ReceivedItem(
        key=str(update["update_id"]),
        chat=_number(_object(message, "chat")) or sender or NO_CHAT,
        content=_encoded(update),
        sender=sender,
        text=text if isinstance(text, str) else None,
        is_press=kind == "callback_query",
        is_membership=kind == "my_chat_member",
        sent_at=_moment(content.get("edit_date") or content.get("date")),
    )


def decoded_update(content: bytes, bot: Bot) -> Update:
    """Returns the update in an item.

    Raises:
        UndecodableItem: the library makes nothing of it.
    """
    try:
        update = Update.de_json(json.loads(content), bot)
        chat = update.effective_chat
    except Exception as error:  # whatever the library's parser stumbles over
        # Without the error itself: its text may quote what somebody wrote.
        raise UndecodableItem(type(error).__name__) from None
    if chat is not None and not _is_id(chat.id):
        raise UndecodableItem("a chat without a number")
    return update


def _encoded(update: dict[str, Any]) -> bytes:
    try:
        return json.dumps(update, separators=(",", ":")).encode()
    except RecursionError:
        return b""


def _is_said_to_others(message: dict[str, Any]) -> bool:
    """Returns whether a text in a group is certainly not for the bot: it addresses nobody."""
    text, entities = message.get("text"), message.get("entities", [])
    if _object(message, "chat").get("type") not in GROUPS or not isinstance(text, str):
        return False
    return isinstance(entities, list) and not any(
        not isinstance(entity, dict) or entity.get("type") in ADDRESSING for entity in entities
    )


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _moment(seconds: object) -> datetime | None:
    """Returns a moment that Telegram gives; None: it is none."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _number(chat: dict[str, Any]) -> str | None:
    number = chat.get("id")
    return str(number) if _is_id(number) else None


def _is_id(number: object) -> TypeGuard[int]:
    if not isinstance(number, int) or isinstance(number, bool):
        return False
    return -MAX_ID < number < MAX_ID

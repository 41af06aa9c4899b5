"""The messages of a chat as the page shows them."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.messages import ButtonRows
from bot.store.chat.mailbox import Stored
from bot.web.chat.chat import ChatSite, Visitor

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
QUOTED = 90  # characters


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as it is shown.

    Attributes:
        key: the channel's id of it.
        own: whether the member wrote it.
        text: what it says.
        parts: the same, in parts, each with whether it is an address to follow.
        at: when, in ISO 8601; only the day where no more is kept.
        time: the time of day; empty: it is not kept.
        day: the day, in words.
        buttons: what can be chosen.
        changed: as in the mailbox; 0: it is not from there.
        picture: the path of its picture; None: it has none.
        file: the path of its file; None: it has none.
        file_name: what that is called.
        quoted: the start of the message that it replies to; None: to none.
        can_reply: whether a reply to it is about what it says.
        edited: whether they did.
        form: the token of its form, by which a form that is posted twice is known.
    """

    key: str
    own: bool
    text: str
    parts: Sequence[tuple[str, bool]]
    at: str
    time: str
    day: str
    buttons: ButtonRows = ()
    changed: int = 0
    picture: str | None = None
    file: str | None = None
    file_name: str = ""
    quoted: str | None = None
    can_reply: bool = False
    edited: bool = False
    form: str = ""


def new_form() -> str:
    """Returns a token for a form."""
    return secrets.token_urlsafe(16)


def parts_of(text: str) -> list[tuple[str, bool]]:
    """Returns a text of the bot in parts, each with whether it is an address to follow."""
    parts, end = [], 0
    for found in LINK.finditer(text):
        parts += [(text[end : found.start()], False), (found[0], True)]
        end = found.end()
    return [*parts, (text[end:], False)]


def bubble(
    visitor: Visitor, key: str, text: str, at: datetime, *, own: bool, has_time: bool = True
) -> Bubble:
    """Returns a message without anything besides its text."""
    local = at.astimezone(visitor.zone)
    return Bubble(
        key,
        own,
        text,
        [(text, False)] if own else parts_of(text),
        local.isoformat(timespec="minutes") if has_time else local.date().isoformat(),
        visitor.say.time(local.time()) if has_time else "",
        visitor.say.day(local.date()),
        form=new_form(),
    )


def of_mailbox(
    site: ChatSite, visitor: Visitor, messages: Iterable[Stored], known: Sequence[Bubble] = ()
) -> list[Bubble]:
    """Returns what is in the mailbox, in order.

    Args:
        site: the chat.
        visitor: whose.
        messages: those to show.
        known: the messages before, which a reply may be about.
    """
    bubbles: list[Bubble] = []
    for kept in messages:
        message = kept.message
        quoted = next((b for b in [*bubbles, *known] if b.key == message.reply_to), None)
        attached = site.url(f"attachment/{kept.key}")
        bubbles.append(
            replace(
                bubble(visitor, kept.key, message.text, kept.sent_at, own=message.own),
                buttons=message.buttons,
                changed=kept.changed,
                picture=attached if message.picture else None,
                file=attached if message.file else None,
                file_name=message.file or "",
                quoted=None if quoted is None else excerpt(quoted.text),
                can_reply=message.nudge is not None,
                edited=message.edited,
            )
        )
    return bubbles


def excerpt(text: str) -> str:
    """Returns the start of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else f"{line[:QUOTED].rsplit(' ', 1)[0]}…"

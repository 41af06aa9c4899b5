"""What was in sight in rooms on Matrix as a page of HTML, in the manner of Element."""

import html
from collections.abc import Iterable
from hashlib import sha256

from tests.golden.matrix_story import FORMS, RoomMessage, RoomView

STYLE = """
body { margin: 0; padding: 10px 0 0; width: 420px; background: #fff; color: #1b1d22;
  font: 14px/1.4 Inter, sans-serif; }
.room { padding: 10px 14px 12px; }
.head { display: flex; align-items: center; gap: 8px; padding: 7px 14px; background: #f0f2f5;
  border-top: 1px solid #cdd3da; border-bottom: 1px solid #cdd3da; }
.title { font-weight: bold; flex: 1; }
.state { color: #3d7a5c; font-size: 12px; }
.state.plain { color: #a5541c; }
.day { text-align: center; color: #656d77; font-size: 12px; margin-bottom: 6px; }
.message { display: flex; gap: 8px; margin-bottom: 8px; }
.avatar { flex: none; width: 30px; height: 30px; line-height: 30px; border-radius: 50%;
  text-align: center; font-weight: bold; color: #fff; }
.small { width: 16px; height: 16px; line-height: 16px; font-size: 10px; align-self: flex-end; }
.olievlek { background: #0b7a75; } .name.olievlek { background: none; color: #0b7a75; }
.sanne { background: #7e4bb5; } .name.sanne { background: none; color: #7e4bb5; }
.team { background: #8a6a1f; border-radius: 8px; }
.body { flex: 1; min-width: 0; }
.name { font-weight: bold; font-size: 13px; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.text.html { white-space: normal; }
ol, ul { margin: 2px 0 0; padding-left: 22px; }
.edited { color: #656d77; font-size: 12px; }
.reactions { display: flex; flex-wrap: wrap; gap: 5px; margin-top: 5px; }
.reaction { border: 1px solid #cdd3da; border-radius: 11px; padding: 0 8px; font-size: 13px;
  background: #f0f2f5; }
.reaction.own { border-color: #0b7a75; background: #e1f2ef; }
.thread { margin-top: 8px; padding: 7px 10px 1px; border-radius: 8px; border: 1px solid #cdd3da;
  background: #f7f8fa; }
.about { color: #656d77; font-size: 12px; margin-bottom: 5px; }
"""
PERSON = "sanne"  # whose screen it is
LABELS = {
    "nl": {"sealed": "🔒 versleuteld", "plain": "niet versleuteld", "thread": "Draad"},
    "en": {"sealed": "🔒 encrypted", "plain": "not encrypted", "thread": "Thread"},
}


def page(views: Iterable[RoomView], language: str) -> str:
    """Returns the page with what was in sight, one below the other."""
    return f"<style>{STYLE}</style>" + "".join(_room(view, language) for view in views)


def digest(views: Iterable[RoomView], language: str) -> str:
    """Returns the digest of that page."""
    return sha256(page(views, language).encode()).hexdigest()


def _room(view: RoomView, language: str) -> str:
    state = "sealed" if view.sealed else "plain"
    head = (
        f'{_avatar(view.room)}<span class="title">{html.escape(view.room)}</span>'
        f'<span class="state {state}">{LABELS[language][state]}</span>'
    )
    messages = "".join(_message(message, language) for message in view.messages)
    day = f'<div class="day">{html.escape(view.moment)}</div>'
    return f'<div class="head">{head}</div><div class="room">{day}{messages}</div>'


def _avatar(name: str, size: str = "") -> str:
    return f'<span class="avatar {name.lower()} {size}">{html.escape(name[0].upper())}</span>'


def _message(message: RoomMessage, language: str) -> str:
    parts = [
        f'<div class="name {message.sender}">{html.escape(message.sender)}</div>',
        _text(message),
        f'<span class="edited">{FORMS[language]["edited"]}</span>' if message.edited else "",
        _reactions(message),
        _thread(message, language),
    ]
    receipt = _avatar("olievlek", "small") if message.read else ""
    body = f'<div class="body">{"".join(parts)}</div>'
    return f'<div class="message">{_avatar(message.sender)}{body}{receipt}</div>'


def _text(message: RoomMessage) -> str:
    """Returns the text of a message, as the HTML that its sender made of it where there is any."""
    if message.html is None:
        return f'<div class="text">{html.escape(message.body)}</div>'
    return f'<div class="text html">{message.html}</div>'


def _reactions(message: RoomMessage) -> str:
    pills = [
        f'<span class="reaction {"own" if PERSON in people else ""}">{emoji} {len(people)}</span>'
        for emoji, people in message.reactions
    ]
    return f'<div class="reactions">{"".join(pills)}</div>' if pills else ""


def _thread(message: RoomMessage, language: str) -> str:
    if not message.thread:
        return ""
    replies = "".join(_message(reply, language) for reply in message.thread)
    about = f'<div class="about">💬 {LABELS[language]["thread"]}</div>'
    return f'<div class="thread">{about}{replies}</div>'

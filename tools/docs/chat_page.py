"""A chat as a page of HTML: bubbles, buttons, and notices that are shown for a moment."""

import html
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256

from bot.pictures.palette import BoardColour, HeatmapColour
from tests.golden.record import BOT, Event, Kind, Record

STYLE = """
body { margin: 0; padding: 14px; width: 392px; background: #d7e3ec; font: 15px/1.38 sans-serif; }
.chat { display: flex; flex-direction: column; gap: 8px; }
.bot, .me { border-radius: 14px; padding: 8px 12px; max-width: 330px; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.bot { background: #fff; align-self: flex-start; border-bottom-left-radius: 4px; }
.me { background: #e1fcc9; align-self: flex-end; border-bottom-right-radius: 4px; }
.bot img { width: 330px; border-radius: 8px; display: block; margin-bottom: 6px; }
.changed { border: 1px dashed #7a93a8; }
.small { display: block; color: #567; font-size: 12px; }
.who { display: block; color: #8a4b08; font-size: 13px; font-weight: bold; }
.file { display: block; color: #1d5f8a; margin-bottom: 4px; }
.keys { align-self: flex-start; width: 354px; display: flex; flex-direction: column; gap: 4px; }
.row { display: flex; gap: 4px; }
.key { flex: 1; background: #4f6f88; color: #fff; border-radius: 8px; padding: 6px 4px;
  text-align: center; font-size: 14px; }
.tap { align-self: flex-end; color: #345; font-size: 13px; }
.notice { align-self: center; background: #26323c; color: #fff; border-radius: 8px;
  padding: 7px 12px; max-width: 330px; font-size: 13px; }
.pill { align-self: center; background: #b9cbd9; color: #234; border-radius: 12px;
  padding: 3px 12px; font-size: 13px; text-align: center; }
"""
WORDS = {
    "nl": {"changed": "gewijzigd", "taps": "tikt op", "reacts": "reageert met"},
    "en": {"changed": "changed", "taps": "taps", "reacts": "reacts with"},
}


def page(record: Record) -> str:
    """Returns the page of a chat, with its pictures in it."""
    return document(part for event in record.shown for part in _parts(event, record, event.picture))


def digest(record: Record) -> str:
    """Returns the digest of a page: its words and its style.

    A picture in it counts by its size and by the colours it may have; its words stand below it.
    """
    parts = [part for event in record.shown for part in _parts(event, record, None)]
    has_picture = any(event.picture is not None for event in record.shown)
    colours = [*BoardColour, *HeatmapColour] if has_picture else []
    return sha256((document(parts) + "".join(colours)).encode()).hexdigest()


def document(parts: Iterable[str]) -> str:
    """Returns a page with these parts, which are HTML."""
    return f'<style>{STYLE}</style><div class="chat">{"".join(parts)}</div>'


def bubble(style: str, words: str, above: str = "") -> str:
    """Returns a message as HTML; `above` is HTML already."""
    return f'<div class="{style}">{above}{html.escape(words)}</div>'


def image(picture: bytes) -> str:
    """Returns a picture in a bubble as HTML."""
    return f'<img src="data:image/png;base64,{b64encode(picture).decode()}">'


def keys(labels: Sequence[Sequence[str]]) -> str:
    """Returns buttons as HTML, row by row."""
    rows = "".join(
        '<div class="row">' + "".join(bubble("key", label) for label in row) + "</div>"
        for row in labels
    )
    return f'<div class="keys">{rows}</div>' if rows else ""


def _parts(event: Event, record: Record, picture: bytes | None) -> list[str]:
    words = WORDS[record.language]
    match event.kind:
        case Kind.MOMENT | Kind.PLACE | Kind.ELSEWHERE:
            return [bubble("pill", event.text)]
        case Kind.TAPS | Kind.REACTS:
            return [bubble("tap", f"{words[event.kind]} {event.text}")]
        case Kind.NOTICE:
            return [bubble("notice", event.text)]
    return [_message(event, record, picture), keys(event.labels)]


def _message(event: Event, record: Record, picture: bytes | None) -> str:
    side = "bot" if event.who == BOT else "me"
    above = ""
    if event.kind is Kind.CHANGES:
        side += " changed"
        above = f'<span class="small">{WORDS[record.language]["changed"]}</span>'
    if _has_more_speakers(record) and side == "me":
        above += f'<span class="who">{html.escape(event.who)}</span>'
    if picture is not None:
        above += image(picture)
    elif event.attached:
        above += f'<span class="file">{html.escape(event.attached)}</span>'
    return bubble(side, event.text, above)


def _has_more_speakers(record: Record) -> bool:
    """Whether more than one person speaks, so that each bubble needs a name."""
    return len({event.who for event in record.shown if event.who} - {BOT}) > 1

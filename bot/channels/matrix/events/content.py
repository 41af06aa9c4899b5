"""Parses the content of Matrix events, and writes messages as such content."""

import json
import re
from collections.abc import Awaitable, Callable
from hashlib import blake2s
from io import BytesIO
from typing import Any

from nio import (
    Event,
    RedactedEvent,
    RoomEncryptedFile,
    RoomEncryptedMedia,
    RoomMessageEmote,
    RoomMessageFile,
    RoomMessageMedia,
    RoomMessageNotice,
    RoomMessageText,
    StickerEvent,
)
from nio.crypto.attachments import decrypt_attachment
from PIL import Image

from bot.channels.matrix.events.html import with_lists
from bot.channels.text_split import split
from bot.messages import Attached, Content, Edited, Typed, Unreadable, stripped

# An event may have 65,536 bytes. Some 3,000 are around the text, and encryption adds a third.
TEXT_BYTES = 46_000
# What older clients put before a reply: who is replied to, and what they said. What somebody quotes
# by themselves comes after the empty line.
FALLBACK = re.compile(r"\A> (?:\* )?<@[^>\n]+>.*\n(?:>.*\n)*\n?")
# Clients treat a slash at the start as a command of their own; "!" they leave alone.
COMMAND = re.compile(r"(?<![\w/:.])/(?=[a-z]{2,})")
EVENT_ID_LENGTH = 255  # https://spec.matrix.org/v1.11/appendices/#common-identifier-format
KINDS_BY_MSGTYPE = {"m.image": "photo", "m.audio": "voice", "m.video": "other", "m.file": "file"}

CALLS = frozenset(
    {
        *("m.call.invite", "m.call.notify", "org.matrix.msc4075.call.notify"),
        *("m.rtc.notification", "org.matrix.msc4075.rtc.notification"),
    }
)
# A shared position is a state of the room, unlike all else that people send.
POSITIONS = frozenset({"m.beacon_info", "org.matrix.msc3672.beacon_info"})
# The rest of calls and polls, verification, reactions and redactions, and shared positions.
IGNORED = (
    *("m.call.", "m.rtc.", "org.matrix.msc3401.", "org.matrix.msc4075.", "org.matrix.msc4143."),
    *("org.matrix.call.", "org.matrix.msc4310.rtc.", "io.element.call."),
    *("m.poll.response", "m.poll.end", "org.matrix.msc3381.poll.response"),
    *("org.matrix.msc3381.poll.end", "m.key.verification.", "m.reaction", "m.room.redaction"),
    *("m.beacon", "org.matrix.msc3672.beacon", "m.dummy"),
)

Json = dict[str, Any]


def object_in(parent: Json, name: str) -> Json:
    """Returns a field that should be an object; empty if it is not one, because anybody wrote it.

    The library checks the fields that it reads itself, and no others.
    """
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def event_id_of(value: object) -> str | None:
    """Returns the id of an event that somebody wrote in another; None: it can be none.

    The homeserver takes anything there. Asked for what cannot be an id, it gives an answer that
    looks like a fault of its own, so that the bot would ask again for hours.
    """
    is_id = isinstance(value, str) and value.startswith("$") and value.isascii()
    return str(value) if is_id and len(str(value)) <= EVENT_ID_LENGTH else None


def receipt_of(room_id: str, event_id: str) -> str:
    """Returns an event's id with a hash of its room: an edit must go to that room and no other."""
    return f"{event_id} {room_hash_of(room_id)}"


def event_of(receipt: str) -> tuple[str, str]:
    """Returns the event's id and the hash of its room."""
    event_id, _, room_hash = receipt.partition(" ")
    return event_id, room_hash


def room_hash_of(room_id: str) -> str:
    """Returns twelve characters that identify a room; the ids themselves may be long."""
    return blake2s(room_id.encode(), digest_size=6).hexdigest()


def content_of(room_id: str, event: Event) -> Content | None:
    """Returns what an event says; None: nothing for the bot."""
    raw = object_in(event.source, "content")
    relation = object_in(raw, "m.relates_to")
    if isinstance(event, RoomMessageText | RoomMessageEmote):
        if relation.get("rel_type") == "m.replace":
            new = object_in(raw, "m.new_content").get("body")
            text = new if isinstance(new, str) else event.body
            return Edited(_command(text), receipt_of(room_id, str(relation.get("event_id"))))
        return _typed(room_id, event, event.body, relation)
    if isinstance(event, StickerEvent):
        return Unreadable("sticker")
    if isinstance(event, RoomMessageMedia | RoomEncryptedMedia):
        if relation.get("rel_type") == "m.replace":
            new = _caption_in(object_in(raw, "m.new_content"))
            edited = receipt_of(room_id, str(relation.get("event_id")))
            return Edited(_command(new), edited) if new else None
        return caption_of(room_id, event) or Unreadable(_kind(raw))
    return _unknown(event, raw)


def _unknown(event: Event, raw: Json) -> Unreadable | None:
    """Returns what is said of an event that the bot makes nothing of; None: it is ignored.

    Ignored are changes of the room, what another bot says, and what belongs to something that was
    answered or needs no answer.
    """
    kind, message = str(event.source.get("type")), str(raw.get("msgtype"))
    if kind in POSITIONS and raw.get("live") is True:
        return Unreadable("other")
    if "state_key" in event.source or isinstance(event, RoomMessageNotice | RedactedEvent):
        return None
    if kind in CALLS:
        return Unreadable("call")
    if kind.startswith(IGNORED) or message.startswith(IGNORED):
        return None
    return Unreadable("other")


def thread_of(room_id: str, event: Event) -> str | None:
    """Returns the receipt of the message whose thread an event is in; None: it is in no thread."""
    relation = object_in(object_in(event.source, "content"), "m.relates_to")
    root = event_id_of(relation.get("event_id"))
    if root is None or relation.get("rel_type") != "m.thread":
        return None
    return receipt_of(room_id, root)


def in_thread(content: Json, room_id: str, thread: str | None) -> Json:
    """Returns the content of a message as it goes in a thread, if that is one of this room."""
    root, room_hash = event_of(thread or "")
    if not root or room_hash != room_hash_of(room_id):
        return content
    # For clients without threads it looks like a reply to the first message (MSC3440).
    reply = {"is_falling_back": True, "m.in_reply_to": {"event_id": root}}
    return {**content, "m.relates_to": {"rel_type": "m.thread", "event_id": root, **reply}}


def caption_of(room_id: str, event: RoomMessageMedia | RoomEncryptedMedia) -> Typed | None:
    """Returns the text under a picture or file (MSC2530); None: its body is only a file name."""
    raw = object_in(event.source, "content")
    caption, relation = _caption_in(raw), object_in(raw, "m.relates_to")
    return _typed(room_id, event, caption, relation, _kind(raw)) if caption else None


def _caption_in(content: Json) -> str:
    body, name = content.get("body"), content.get("filename")
    is_caption = isinstance(body, str) and isinstance(name, str) and body != name
    return str(body).strip() if is_caption else ""


def _kind(content: Json) -> str:
    return KINDS_BY_MSGTYPE.get(str(content.get("msgtype")), "other")


def attachment_in(
    room_id: str,
    event: RoomMessageFile | RoomEncryptedFile,
    read: Callable[[], Awaitable[bytes]],
) -> Attached:
    """Returns a file, with the name and size that its sender's client gave it."""
    raw = object_in(event.source, "content")
    size, name = object_in(raw, "info").get("size"), raw.get("filename")
    if not isinstance(size, int) or isinstance(size, bool):
        size = 0
    named = name if isinstance(name, str) and name else event.body
    return Attached(named, size, read, caption_of(room_id, event))


def decrypted_content(event: RoomMessageFile | RoomEncryptedFile, content: bytes) -> bytes:
    """Returns the uploaded bytes as they were before encryption.

    Raises:
        EncryptionError: the keys do not fit, or the file was changed.
    """
    if isinstance(event, RoomMessageFile):
        return content
    key, digest = str(event.key.get("k")), str(event.hashes.get("sha256"))
    return bytes(decrypt_attachment(content, key, digest, event.iv))


def _typed(
    room_id: str, event: Event, body: str, relation: Json, attachment: str | None = None
) -> Typed:
    reply_to = None
    replied = event_id_of(object_in(relation, "m.in_reply_to").get("event_id"))
    if replied is not None:
        body = FALLBACK.sub("", body, count=1) or body
        if not relation.get("is_falling_back"):  # in a thread every message looks like a reply
            reply_to = receipt_of(room_id, replied)
    return Typed(_command(body), receipt_of(room_id, event.event_id), reply_to, attachment)


def _command(body: str) -> str:
    """Returns `/reeks` for `!reeks`; other texts as they are."""
    text = stripped(body)
    return f"/{text[1:]}" if re.match(r"![a-zA-Z]", text) else body


def text_size(text: str) -> int:
    r"""Returns the bytes that a text takes in the JSON that is encrypted.

    The library writes all but ASCII as `\u4f60`, so that a Chinese character takes six bytes and
    an emoji twelve.
    """
    return len(json.dumps(text)) - 2


def text_content(text: str, limit: int = TEXT_BYTES) -> Json:
    """Returns the content of a text message, with its lists as lists too where there is room.

    Args:
        text: of at most `limit` bytes by `text_size`.
        limit: the most that it may take, plain and as HTML together.
    """
    body = COMMAND.sub("!", text)
    content = {"msgtype": "m.text", "body": body, "m.mentions": {}}
    html = with_lists(body)
    if html is not None and text_size(body) + text_size(html) <= limit:
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    return content


def edit_content(event_id: str, text: str) -> Json:
    """Returns the content of a text that replaces an earlier one; it stands in there twice."""
    short = split(text, TEXT_BYTES // 2, size=text_size)[0]
    new = text_content(short, TEXT_BYTES - text_size(short))
    return {
        "msgtype": "m.text",
        "body": f"* {new['body']}",
        "m.mentions": {},
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def reaction_content(event_id: str, emoji: str) -> Json:
    """Returns the content of a reaction."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": emoji}}


def attachment_content(name: str, content: bytes, kind: str, caption: str, location: Json) -> Json:
    """Returns the content of a picture or file, with a caption that says the same in words.

    Args:
        name: the file's name.
        content: its bytes, before encryption.
        kind: its media type.
        caption: what it shows, in words.
        location: `url`, or `file` with the keys to decrypt it.
    """
    info: Json = {"mimetype": kind, "size": len(content)}
    if kind == "image/png":
        info["w"], info["h"] = Image.open(BytesIO(content)).size
    return {
        "msgtype": "m.image" if kind == "image/png" else "m.file",
        "body": COMMAND.sub("!", caption),
        "m.mentions": {},
        "filename": name,
        "info": info,
        **location,
    }

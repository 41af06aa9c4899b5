"""Matrix events as what was said, and messages as the content of events."""

import re
from collections.abc import Awaitable, Callable
from hashlib import blake2s
from io import BytesIO
from typing import Any

from nio import (
    Event,
    RoomEncryptedFile,
    RoomEncryptedMedia,
    RoomMessageEmote,
    RoomMessageFile,
    RoomMessageMedia,
    RoomMessageText,
    StickerEvent,
)
from nio.crypto.attachments import decrypt_attachment
from PIL import Image

from bot.messages import Attached, Content, Edited, Typed, Unreadable

# An event may have 65,536 bytes, and sealing makes a third more of them.
TEXT_UNITS = 12_000
FALLBACK = re.compile(r"\A(?:> .*\n?)+\n?")
# Clients take what begins with a slash for a command of their own; a "!" they leave alone.
COMMAND = re.compile(r"(?<![\w/:.])/(?=[a-z]{2,})")
KINDS = {"m.image": "photo", "m.audio": "voice", "m.video": "other", "m.file": "file"}

Json = dict[str, Any]


def receipt_of(room_id: str, event_id: str) -> str:
    """An event's id, with a mark of its room: an edit must go to that room and no other."""
    return f"{event_id} {room_mark(room_id)}"


def event_of(receipt: str) -> tuple[str, str]:
    """The event's id, and the mark of its room."""
    event_id, _, mark = receipt.partition(" ")
    return event_id, mark


def room_mark(room_id: str) -> str:
    """Twelve characters that tell rooms apart; ids of rooms may be long."""
    return blake2s(room_id.encode(), digest_size=6).hexdigest()


def content_of(room_id: str, event: Event) -> Content | None:
    """What an event says; None: nothing that we listen to."""
    raw: Json = event.source.get("content", {})
    relation: Json = raw.get("m.relates_to") or {}
    if isinstance(event, RoomMessageText | RoomMessageEmote):
        if relation.get("rel_type") == "m.replace":
            new = raw.get("m.new_content", {}).get("body", event.body)
            return Edited(_command(str(new)), receipt_of(room_id, str(relation.get("event_id"))))
        return _typed(room_id, event, relation)
    if isinstance(event, StickerEvent):
        return Unreadable("sticker")
    if isinstance(event, RoomMessageMedia | RoomEncryptedMedia):
        return Unreadable(KINDS.get(str(raw.get("msgtype")), "other"))
    return None


def attachment_in(
    event: RoomMessageFile | RoomEncryptedFile, read: Callable[[], Awaitable[bytes]]
) -> Attached:
    """A file; what is said of it is what its sender's client says."""
    raw: Json = event.source.get("content", {})
    size = (raw.get("info") or {}).get("size")
    name = raw.get("filename") or event.body
    return Attached(str(name), size if isinstance(size, int) else 0, read)


def decrypted_content(event: RoomMessageFile | RoomEncryptedFile, content: bytes) -> bytes:
    """What was uploaded, as it was before it was sealed.

    Raises:
        EncryptionError: its keys do not fit, or somebody changed it.
    """
    if isinstance(event, RoomMessageFile):
        return content
    key, digest = str(event.key.get("k")), str(event.hashes.get("sha256"))
    return bytes(decrypt_attachment(content, key, digest, event.iv))


def _typed(room_id: str, event: RoomMessageText | RoomMessageEmote, relation: Json) -> Typed:
    body, reply_to = event.body, None
    replied = relation.get("m.in_reply_to") or {}
    if "event_id" in replied:
        body = FALLBACK.sub("", body, count=1) or body
        if not relation.get("is_falling_back"):  # in a thread every message seems a reply
            reply_to = receipt_of(room_id, str(replied["event_id"]))
    return Typed(_command(body), receipt_of(room_id, event.event_id), reply_to)


def _command(body: str) -> str:
    """`!reeks` as `/reeks`."""
    return f"/{body[1:]}" if re.match(r"![a-zA-Z]", body) else body


def text_content(text: str) -> Json:
    """A text."""
    return {"msgtype": "m.text", "body": COMMAND.sub("!", text)}


def edit_content(event_id: str, text: str) -> Json:
    """A text that takes the place of an earlier one."""
    new = text_content(text)
    return {
        "msgtype": "m.text",
        "body": f"* {new['body']}",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def reaction_content(event_id: str, emoji: str) -> Json:
    """A reaction."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": emoji}}


def attachment_content(name: str, content: bytes, kind: str, caption: str, where: Json) -> Json:
    """A picture or file, with a caption that stands for it where it cannot be seen.

    Args:
        name: of the file.
        content: its bytes, as they are before sealing.
        kind: its media type.
        caption: what it shows, in words.
        where: `url`, or `file` with the keys to open it.
    """
    info: Json = {"mimetype": kind, "size": len(content)}
    if kind == "image/png":
        info["w"], info["h"] = Image.open(BytesIO(content)).size
    return {
        "msgtype": "m.image" if kind == "image/png" else "m.file",
        "body": COMMAND.sub("!", caption),
        "filename": name,
        "info": info,
        **where,
    }

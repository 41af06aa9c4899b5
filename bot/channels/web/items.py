"""What a page brings: an item of the inbox on the way in, an `Incoming` on the way out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.channels.base import UndecodableItem
from bot.channels.web import NAME
from bot.messages import (
    Address,
    Attached,
    Content,
    Deleted,
    Edited,
    Incoming,
    Pressed,
    ReceivedItem,
    Typed,
)


class PostKind(StrEnum):
    """What somebody did on the page."""

    TYPED = "typed"
    PRESSED = "pressed"
    EDITED = "edited"
    DELETED = "deleted"
    FILE = "file"
    BEGUN = "begun"  # the button that begins, which is no message of theirs


class Post(BaseModel):
    """One thing that somebody did on the page.

    Attributes:
        kind: what it was.
        form: the token of the form with which they did it; the same when it is posted again.
        text: what they typed, also under a file.
        action: of the button that they pressed.
        message: the key of the message that they pressed under, changed or took back.
        reply_to: the key of the message that they replied to.
        name: the name of a file.
        content: its bytes.
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    kind: PostKind
    form: str
    text: str = ""
    action: str = ""
    message: str | None = None
    reply_to: str | None = None
    name: str = ""
    content: bytes = b""


class StoredPost(BaseModel):
    """A post as the inbox keeps it: whose it is, when it came, and their browser's language."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    address: str
    at: datetime
    language: str | None
    post: Post


@dataclass(frozen=True, slots=True)
class DecodedPost:
    """A post out of the inbox, and what the bot gets to see of it."""

    post: Post
    incoming: Incoming


def item_key(address: str, post: Post) -> str:
    """Returns the key of a post: nobody else can make one that is the same."""
    parts = [address, post.form, post.kind, post.action, post.message or ""]
    return sha256("\0".join(parts).encode()).hexdigest()[:40]


def received_item(address: str, post: Post, at: datetime, language: str | None) -> ReceivedItem:
    """Returns the item that the inbox keeps of a post."""
    stored = StoredPost(address=address, at=at, language=language, post=post)
    return ReceivedItem(
        key=item_key(address, post),
        chat=address,
        content=stored.model_dump_json(exclude_defaults=True).encode(),
        sender=address,
        text=post.text if post.kind in (PostKind.TYPED, PostKind.BEGUN) else None,
        is_press=post.kind is PostKind.PRESSED,
        sent_at=at,
    )


def decoded(content: bytes) -> DecodedPost:
    """Returns what an item holds.

    Raises:
        UndecodableItem: it has another form, such as a later version's.
    """
    try:
        stored = StoredPost.model_validate_json(content)
    except ValidationError as error:
        raise UndecodableItem("not a post of this version") from error
    key = item_key(stored.address, stored.post)
    incoming = Incoming(
        key,
        Address(NAME, stored.address),
        stored.at,
        _content(stored.post, key),
        language=stored.language,
    )
    return DecodedPost(stored.post, incoming)


def _content(post: Post, key: str) -> Content:
    match post.kind:
        case PostKind.PRESSED:
            return Pressed(post.action, post.message)
        case PostKind.EDITED:
            return Edited(post.text, post.message or "")
        case PostKind.DELETED:
            return Deleted(post.message or "")
        case PostKind.FILE:

            async def read() -> bytes:
                return post.content

            caption = Typed(post.text, key) if post.text else None
            return Attached(post.name, len(post.content), read, caption)
    return Typed(post.text, key, post.reply_to)

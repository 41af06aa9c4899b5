"""Tables of the chat in a browser: its messages of the last day, and the browsers that may read it.

They belong to an address, not to a member: a browser begins before there is a member.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.db.column_types import ADDRESS, SealedText
from bot.store.schema.base import Base, enum_column
from bot.store.schema.inventory import (
    NEVER_REUSE_IDS,
    Ground,
    Purpose,
    Retention,
    inventory,
    kept,
)


class MailboxRow(Base):
    """A message in a chat that no platform keeps, of the bot or of the member, for a day.

    `key` is the channel's id of it. `changed` is higher than that of every message of the chat that
    was there before this one came or was changed, so a page can ask what is new. `sealed` is the
    message, and `attachment` its picture or file, sealed by the vault under a label that contains
    `channel` and `key`.
    """

    __tablename__ = "mailbox"
    __table_args__ = (
        UniqueConstraint("channel", "address", "key"),
        inventory(
            kept(
                Purpose.CONVERSATION,
                Ground.INTEREST,
                Retention.MAILBOX,
                id="id",
                lookup="channel key",
                due="changed sent_at",
                sealed="address sealed attachment",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    key: Mapped[str] = mapped_column(String(320))
    changed: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    attachment: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime] = mapped_column(index=True)


class ChatBrowserRow(Base):
    """A browser that may read a chat and write in it; only digests of its cookie are kept.

    The cookie is replaced now and then, at `rotated_at` for the last time; `previous_digest` is of
    the one before, until the browser shows that it has the new one. `begun_with` is a digest of the
    form with which the chat began, so that the same form again begins no second one. `form_key`
    stands in the forms of this browser. `browser` is what the browser calls itself.

    With a lock, `lock_minutes` is how long it stays open without being used, and `locks_at` when it
    shuts if it is not used before; without one both are empty. `lock_hash` is the salted, slow hash
    of the PIN, and `lock_wrong` how many wrong ones were typed since a right one.
    """

    __tablename__ = "chat_browsers"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CONTACT,
                Ground.INTEREST,
                Retention.BROWSERS,
                id="id form_key",
                lookup="channel",
                digest="digest previous_digest begun_with",
                due="created_at rotated_at expires_at",
                sealed="address browser",
            ),
            kept(
                Purpose.CONTACT,
                Ground.CONSENT,
                Retention.BROWSERS,
                due="locks_at",
                rule="lock_minutes lock_wrong",
                sealed="lock_hash",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    previous_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    begun_with: Mapped[str | None] = mapped_column(String(64), unique=True)
    form_key: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(SealedText("chat_browsers.browser"))
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    lock_hash: Mapped[str | None] = mapped_column(SealedText("chat_browsers.lock_hash"))
    lock_minutes: Mapped[int | None]
    locks_at: Mapped[datetime | None]
    lock_wrong: Mapped[int] = mapped_column(default=0)


class ChatFarewellRow(Base):
    """The last word in a browser whose chat was erased, for a day: the chat itself is gone.

    `digest` is of its cookie, `browser_id` the number that its row had, and `chat` a digest of the
    address. `text` is empty until the erasure is over; it is sealed, because it may say that a
    story without a name is theirs. `at` is when the erasure, or the text, came.
    """

    __tablename__ = "chat_farewells"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CONVERSATION,
                Ground.INTEREST,
                Retention.MAILBOX,
                id="browser_id",
                digest="digest chat",
                due="at",
                sealed="text",
            ),
        ),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_id: Mapped[int] = mapped_column(index=True)
    chat: Mapped[str] = mapped_column(String(64), index=True)
    text: Mapped[str | None] = mapped_column(SealedText("chat_farewells.text"))
    at: Mapped[datetime] = mapped_column(index=True)


class ChatKeyKind(StrEnum):
    """What a key of a chat is for.

    MOVE: a link that opens the chat in another browser, once. RECOVERY: the code that opens it in a
    new browser. FEED: a link with which a calendar follows its moments, and sees nothing else.
    """

    MOVE = "move"
    RECOVERY = "recovery"
    FEED = "feed"


class ChatKeyRow(Base):
    """A link or code that opens a chat or its calendar; only its digest is kept.

    Of each kind a chat has one at most. `expires_at` is empty for one that works until it is
    replaced.
    """

    __tablename__ = "chat_keys"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CONTACT,
                Ground.INTEREST,
                Retention.BROWSERS,
                lookup="channel kind",
                digest="digest",
                due="created_at expires_at",
                sealed="address",
            ),
        ),
    )

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), primary_key=True)
    kind: Mapped[ChatKeyKind] = mapped_column(enum_column(ChatKeyKind), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)


class ChatPushRow(Base):
    """Where a browser can be told that something waits: its subscription to Web Push, sealed.

    `digest` is of the endpoint. `pushed_at` is when it was told; None: its chat was opened since.
    """

    __tablename__ = "chat_pushes"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CONTACT,
                Ground.CONSENT,
                Retention.BROWSERS,
                id="browser_id",
                digest="digest",
                due="pushed_at",
                sealed="endpoint p256dh auth",
            ),
        ),
    )

    browser_id: Mapped[int] = mapped_column(
        ForeignKey("chat_browsers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    endpoint: Mapped[str] = mapped_column(SealedText("chat_pushes.endpoint"))
    p256dh: Mapped[str] = mapped_column(SealedText("chat_pushes.p256dh"))
    auth: Mapped[str] = mapped_column(SealedText("chat_pushes.auth"))
    pushed_at: Mapped[datetime | None]

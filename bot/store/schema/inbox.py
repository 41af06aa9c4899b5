"""Tables of the inbox: what platforms brought and was not handled yet, and up to where."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.db.column_types import ADDRESS, SealedText
from bot.store.schema.base import Base, partial_index
from bot.store.schema.inventory import (
    NEVER_REUSE_IDS,
    Ground,
    Purpose,
    Retention,
    inventory,
    kept,
    not_personal,
)

# The condition of a partial index: a query uses that index when it has this very condition.
IS_SET_ASIDE = text("set_aside_at IS NOT NULL")


class InboxRow(Base):
    """One thing that a platform brought, sealed as it came, until it is handled.

    Items with the same `address` (of a person, or of a group) are handled in order of their ids.
    `sender` is who did it, where that is known without opening it: erasure needs it, because what
    somebody does in a group waits at the group's address.
    `attempts` counts how often handling it began and did not end. What cannot be handled is set
    aside, and `fault` is the kind of error: never its text, which may quote what somebody wrote.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_inbox_channel_address", "channel", "address"),
        Index("ix_inbox_channel_sender", "channel", "sender"),
        partial_index("ix_inbox_set_aside_at", "set_aside_at", where=IS_SET_ASIDE),
        inventory(
            kept(
                Purpose.DELIVERY,
                Ground.INTEREST,
                Retention.SET_ASIDE,
                id="id",
                lookup="channel key",
                due="received_at attempts set_aside_at fault",
                sealed="address sender sealed",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    sender: Mapped[str | None] = mapped_column(SealedText(ADDRESS))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    set_aside_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(60))


class InboxPositionRow(Base):
    """Up to where a platform's items are in the inbox, in that platform's own notation."""

    __tablename__ = "inbox_positions"
    __table_args__ = (
        inventory(
            not_personal("channel position reached_at", Purpose.DELIVERY),
        ),
    )

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[str] = mapped_column(String(1000))
    reached_at: Mapped[datetime]

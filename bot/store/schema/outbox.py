"""The table of the outbox: messages that were decided and have not arrived yet."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.db.column_types import ADDRESS, SealedText
from bot.store.schema.base import Base
from bot.store.schema.inventory import NEVER_REUSE_IDS, Ground, Purpose, Retention, inventory, kept


class OutboxRow(Base):
    """A message for one chat, from the transaction that decided it until it has arrived.

    The messages of a chat are sent in the order of their ids. `send_at` is when the next try is
    due; until `leased_until` one sender has the row, and no other takes it. At `expires_at` it is
    too late to send it.

    `sealed` is the message, sealed by the vault under a label that contains `channel` and `key`,
    not `address`: a chat may move. `subject` says in clear what the message is about, if a later
    one about the same supersedes it: `edit 12` is an edit of the message 12.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_outbox_channel_address_id", "channel", "address", "id"),
        inventory(
            kept(
                Purpose.DELIVERY,
                Ground.INTEREST,
                Retention.ARRIVAL,
                id="id",
                route="channel",
                lookup="key subject",
                due="created_at expires_at attempts send_at leased_until",
                sealed="address sealed",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    key: Mapped[str] = mapped_column(String(320))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    subject: Mapped[str | None] = mapped_column(String(320))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    send_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]

"""Tables of nudges: what was sent, answered and written, and which input was processed."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.core.rounds import Answer, NudgeFact
from bot.messages import Purpose
from bot.store.schema.base import Base, enum_column
from bot.store.schema.challenges import ChallengeRow

# As it stands in an index, so that a query that says the same uses it.
COUNTS_FOR_STREAK = text("answer IN ('done', 'tried')")


class NudgeRow(Base):
    """One challenge sent, or about to be sent, to one member.

    `send_at` is when it still has to go out; nothing is to be sent when it is empty. `leased_until`
    keeps two senders from taking the same one. Nudges with the same `round_at` are one round.
    """

    __tablename__ = "nudges"
    __table_args__ = (
        Index("ix_nudges_member_id_round_at", "member_id", "round_at"),
        Index(
            "ix_nudges_send_at",
            "send_at",
            sqlite_where=text("send_at IS NOT NULL"),
            postgresql_where=text("send_at IS NOT NULL"),
        ),
        Index(
            "ix_nudges_counted",
            "member_id",
            sqlite_where=COUNTS_FOR_STREAK,
            postgresql_where=COUNTS_FOR_STREAK,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenges.id"))
    round_at: Mapped[datetime]
    day: Mapped[date] = mapped_column(Date)
    per_week: Mapped[int] = mapped_column(SmallInteger)
    extra: Mapped[bool] = mapped_column(Boolean, default=False)
    swaps: Mapped[int] = mapped_column(SmallInteger, default=0)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    postponed: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    send_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    answer: Mapped[Answer | None] = mapped_column(enum_column(Answer))
    answered_at: Mapped[datetime | None]

    challenge: Mapped[ChallengeRow] = relationship(lazy="joined", innerjoin=True)

    @property
    def fact(self) -> NudgeFact:
        """What the rules need to know of it."""
        return NudgeFact(
            round_at=self.round_at,
            day=self.day,
            per_week=self.per_week,
            extra=self.extra,
            delivered=self.sent_at is not None,
            answer=self.answer,
            answered_at=self.answered_at,
        )


class ReceiptRow(Base):
    """The platform's id of a message that was sent about a nudge."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("channel", "address", "receipt"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    nudge_id: Mapped[int] = mapped_column(ForeignKey("nudges.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    receipt: Mapped[str] = mapped_column(String(255))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose))
    has_buttons: Mapped[bool] = mapped_column(Boolean)


class PendingChoicesRow(Base):
    """The choices under a message, on a platform without buttons."""

    __tablename__ = "pending_choices"
    __table_args__ = (UniqueConstraint("channel", "address", "receipt"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    receipt: Mapped[str] = mapped_column(String(255))
    choices: Mapped[list[list[str]]] = mapped_column(JSON)
    offered_at: Mapped[datetime] = mapped_column(index=True)


class ReflectionRow(Base):
    """What a member wrote, sealed under their key. One message of theirs is one row."""

    __tablename__ = "reflections"
    __table_args__ = (UniqueConstraint("member_id", "source"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    nudge_id: Mapped[int] = mapped_column(ForeignKey("nudges.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(255))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]


class ProcessedUpdateRow(Base):
    """What came in and was dealt with, so that a platform that tells it twice changes nothing."""

    __tablename__ = "processed_updates"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    processed_at: Mapped[datetime] = mapped_column(index=True)

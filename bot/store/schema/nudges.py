"""Tables of nudges: nudges, receipts, pending choices, reflections and processed updates."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.core.streaks.rounds import OPEN_DAYS, Answer, NudgeFact
from bot.messages import Purpose as MessagePurpose
from bot.store.db.column_types import ADDRESS, SealedJSON, SealedText
from bot.store.db.locks import leases
from bot.store.schema.base import Base, enum_column, partial_index
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.inventory import NEVER_REUSE_IDS, Ground, Purpose, Retention, inventory, kept

# The condition of a partial index: a query uses that index when it has this very condition.

COUNTS_FOR_STREAK = text("answer IN ('done', 'tried')")
HAS_MINUTES = text("NOT moments_cut")


class FollowUp(StrEnum):
    """A message about a nudge that arrived, which is sent as the nudge itself was.

    `CHECK_IN` asks in the afternoon how it went; `PACE` asks after some rounds without an answer
    whether less often suits better.
    """

    CHECK_IN = "check_in"
    PACE = "pace"


class NudgeRow(Base):
    """One challenge sent, or about to be sent, to one member.

    `send_at` is when it is to be sent, or `follow_up` about it; None: there is nothing to send. At
    `check_in_at` its check-in follows, if it has arrived and was not answered. Until `leased_until`
    one sender has it, and no other takes it. A member's nudges with the same `round_at` are one
    round. `open_until` is until when a challenge of this week can be done; None: it is of today.
    `asked_for` says that it came with /nu, not at a moment of their own; linking, which makes a
    nudge `extra`, leaves that as it is. `moments_cut`: of `sent_at` and `answered_at` only the day
    is left, which still tells whether the answer came in time.
    """

    __tablename__ = "nudges"
    __table_args__ = (
        Index("ix_nudges_member_id_round_at", "member_id", "round_at"),
        partial_index("ix_nudges_send_at", "send_at", where=text("send_at IS NOT NULL")),
        partial_index("ix_nudges_pending", "member_id", where=text("send_at IS NOT NULL")),
        partial_index("ix_nudges_moments_cut", "day", where=HAS_MINUTES),
        partial_index("ix_nudges_counted", "member_id", where=COUNTS_FOR_STREAK),
        inventory(
            kept(
                Purpose.PROGRESS,
                Ground.INTEREST,
                Retention.ANSWERS,
                id="id member_id challenge_id",
                rule="round_at open_until day per_week extra asked_for answer moments_cut",
            ),
            kept(
                Purpose.PROGRESS,
                Ground.INTEREST,
                Retention.MINUTES,
                rule="sent_at answered_at",
            ),
            kept(
                Purpose.DELIVERY,
                Ground.INTEREST,
                Retention.ANSWERS,
                due="swaps attempts postponed send_at follow_up check_in_at leased_until",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenges.id"))
    round_at: Mapped[datetime]
    day: Mapped[date] = mapped_column(Date)
    per_week: Mapped[int] = mapped_column(SmallInteger)
    extra: Mapped[bool] = mapped_column(Boolean, default=False)
    asked_for: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    swaps: Mapped[int] = mapped_column(SmallInteger, default=0)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    postponed: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    send_at: Mapped[datetime | None]
    follow_up: Mapped[FollowUp | None] = mapped_column(enum_column(FollowUp))
    check_in_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    answer: Mapped[Answer | None] = mapped_column(enum_column(Answer))
    answered_at: Mapped[datetime | None]
    open_until: Mapped[datetime | None]
    moments_cut: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    challenge: Mapped[ChallengeRow] = relationship(lazy="joined", innerjoin=True)

    due_columns = leases.DUE_COLUMNS

    def due_at(self) -> datetime | None:
        """Returns when the nudge is to be sent; None: there is nothing to send."""
        return leases.due_at(self)

    @property
    def last_day(self) -> date | None:
        """The last local day on which a challenge of this week can be done; None: it is today's."""
        return None if self.open_until is None else self.day + timedelta(days=OPEN_DAYS - 1)

    @property
    def fact(self) -> NudgeFact:
        """The nudge as the rules in `bot.core` know it."""
        return fact_of(self)


def fact_of(nudge: NudgeRow | Row[Any]) -> NudgeFact:
    """Returns a nudge as the rules in `bot.core` know it; a row with those columns will do."""
    return NudgeFact(
        round_at=nudge.round_at,
        day=nudge.day,
        per_week=nudge.per_week,
        extra=nudge.extra,
        delivered=nudge.sent_at is not None,
        answer=nudge.answer,
        answered_at=nudge.answered_at,
        open_until=nudge.open_until,
    )


class RoundCountsRow(Base):
    """What is left of a member's rounds that are too old to be kept one by one: counts.

    The first ones are those of `bot.core.streaks.streak.RoundCounts`; `planned` and `done` count
    planned rounds, and nudges that were done or tried. `received_bits` and `unsuitable_bits` have
    the challenges that came, and those that do not suit their work, as in `HistoryRow`: not when.
    """

    __tablename__ = "round_counts"
    __table_args__ = (
        inventory(
            kept(
                Purpose.PROGRESS,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                id="member_id",
                rule="until grows jokers breaks others current longest joker_day strength",
            ),
            kept(
                Purpose.CHOICE,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                rule="planned done received_bits unsuitable_bits",
            ),
        ),
    )

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    until: Mapped[date] = mapped_column(Date)
    grows: Mapped[int]
    jokers: Mapped[int]
    breaks: Mapped[int]
    others: Mapped[int]
    current: Mapped[int]
    longest: Mapped[int]
    joker_day: Mapped[date | None] = mapped_column(Date)
    strength: Mapped[float]
    planned: Mapped[int]
    done: Mapped[int]
    received_bits: Mapped[str] = mapped_column(Text)
    unsuitable_bits: Mapped[str] = mapped_column(Text)


class ReceiptRow(Base):
    """The platform's id of a message that was sent about a nudge."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("channel", "address", "receipt"),
        inventory(
            kept(
                Purpose.CONVERSATION,
                Ground.INTEREST,
                Retention.RECEIPTS,
                id="id nudge_id",
                lookup="channel receipt purpose has_buttons",
                sealed="address",
            ),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    nudge_id: Mapped[int] = mapped_column(ForeignKey("nudges.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    receipt: Mapped[str] = mapped_column(String(255))
    purpose: Mapped[MessagePurpose] = mapped_column(enum_column(MessagePurpose))
    has_buttons: Mapped[bool] = mapped_column(Boolean)


class PendingChoicesRow(Base):
    """The choices offered under a message, on a platform without buttons."""

    __tablename__ = "pending_choices"
    __table_args__ = (
        UniqueConstraint("channel", "address", "receipt"),
        inventory(
            kept(
                Purpose.CONVERSATION,
                Ground.INTEREST,
                Retention.CHOICES,
                id="id",
                lookup="channel receipt",
                sealed="address choices",
                due="offered_at",
            ),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    receipt: Mapped[str] = mapped_column(String(255))
    choices: Mapped[list[list[str]]] = mapped_column(SealedJSON("pending_choices.choices"))
    offered_at: Mapped[datetime] = mapped_column(index=True)


class SentMessageRow(Base):
    """A message that the bot sent and can still take out of the chat, and which has no receipt."""

    __tablename__ = "sent_messages"
    __table_args__ = (
        inventory(
            kept(
                Purpose.DELIVERY,
                Ground.OBLIGATION,
                Retention.SENT,
                lookup="channel message",
                due="sent_at",
                sealed="address",
            ),
        ),
    )

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), primary_key=True)
    message: Mapped[str] = mapped_column(String(255), primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(index=True)


class ReflectionRow(Base):
    """A message that a member wrote about a nudge, sealed under a key of that person.

    `key_id` is the number of the member for whom that key was made: another one where two chats
    were linked. `moments_cut`: of `written_at` and `edited_at` only the member's day is left.
    """

    __tablename__ = "reflections"
    __table_args__ = (
        UniqueConstraint("member_id", "source"),
        partial_index("ix_reflections_moments_cut", "written_at", where=HAS_MINUTES),
        inventory(
            kept(
                Purpose.DIARY,
                Ground.INTEREST,
                Retention.REFLECTIONS,
                id="id member_id nudge_id key_id",
                lookup="source",
                due="moments_cut",
                sealed="sealed",
            ),
            kept(
                Purpose.DIARY,
                Ground.INTEREST,
                Retention.MINUTES,
                due="written_at edited_at",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    nudge_id: Mapped[int] = mapped_column(ForeignKey("nudges.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(255))
    key_id: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    moments_cut: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class ProcessedUpdateRow(Base):
    """An update that was processed, so that the same one from the platform again has no effect."""

    __tablename__ = "processed_updates"
    __table_args__ = (
        inventory(
            kept(
                Purpose.DELIVERY,
                Ground.INTEREST,
                Retention.PROCESSED,
                lookup="channel key",
                due="processed_at",
            ),
        ),
    )

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    processed_at: Mapped[datetime] = mapped_column(index=True)

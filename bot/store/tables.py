"""The tables.

What may be read by whoever holds the file stands here in plain; what a member wrote does not: see
`vault`. Figures such as a streak stand nowhere: they follow from the nudges.
"""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from bot.core.rhythm import Rhythm, Weekday
from bot.core.rounds import Answer, NudgeFact
from bot.core.workdays import Absence
from bot.store.types import Moment, Weekdays

NAME_LENGTH = 60
# As it stands in an index, so that a query that says the same uses it.
COUNTED = text("answer IN ('done', 'tried')")


class Expecting(StrEnum):
    """What the bot waits for in a member's chat."""

    LANGUAGE = "language"
    RHYTHM = "rhythm"
    REFLECTION = "reflection"
    SHARING = "sharing"
    STARTS = "starts"


class Purpose(StrEnum):
    """What a message that was sent about a nudge is for."""

    NUDGE = "nudge"
    QUESTION = "question"
    THANKS = "thanks"


def one_of(values: type[StrEnum]) -> Enum:
    """A column of one of these words."""
    return Enum(
        values,
        native_enum=False,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, frozenset[Weekday]: Weekdays}  # noqa: RUF012 - SQLAlchemy reads it so


class MemberRow(Base):
    """Someone who gets nudges. Numbers are never given out twice, not even after erasure."""

    __tablename__ = "members"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    weekdays: Mapped[frozenset[Weekday]]
    nudge_time: Mapped[time] = mapped_column(Time)
    zone: Mapped[str] = mapped_column(String(64))
    next_nudge_at: Mapped[datetime | None] = mapped_column(index=True)
    joined_at: Mapped[datetime]
    welcomed: Mapped[bool] = mapped_column(Boolean, default=False)
    gone_at: Mapped[datetime | None]
    expecting: Mapped[Expecting | None] = mapped_column(one_of(Expecting))
    expecting_nudge_id: Mapped[int | None] = mapped_column(Integer)
    nudge_channel: Mapped[str | None] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))

    absence_rows: Mapped[list["AbsenceRow"]] = relationship(
        lazy="selectin", order_by="AbsenceRow.first_day", cascade="all, delete-orphan"
    )

    @property
    def rhythm(self) -> Rhythm:
        """Their weekdays, time and zone."""
        return Rhythm(self.weekdays, self.nudge_time, ZoneInfo(self.zone))

    @property
    def absences(self) -> list[Absence]:
        """When they are away, first one first."""
        return [Absence(row.first_day, row.last_day) for row in self.absence_rows]

    def expects(self, what: Expecting | None, nudge_id: int | None = None) -> None:
        """From now on a plain text from this member means `what`."""
        self.expecting, self.expecting_nudge_id = what, nudge_id

    def waits_for(self, what: Expecting, nudge_id: int) -> bool:
        """Whether the bot expects `what` about this very nudge."""
        return (self.expecting, self.expecting_nudge_id) == (what, nudge_id)


class AddressRow(Base):
    """Where a member can be reached."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))


class LinkCodeRow(Base):
    """A code with which a member links another chat; only its digest is kept."""

    __tablename__ = "link_codes"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]


class MemberKeyRow(Base):
    """A member's key, wrapped by the operator's; destroying it shreds what the member wrote."""

    __tablename__ = "member_keys"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True
    )
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class ErasureRow(Base):
    """That a member was erased: their number and no more, which says nothing about a person.

    It outlives a restore: whoever is in here is erased from the restored copy too.
    """

    __tablename__ = "erasures"

    member_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class AbsenceRow(Base):
    """Days away, whole local days; without a last day, until the member says so."""

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)


class SetVersionRow(Base):
    """A challenge set as it was published; never changed afterwards.

    `numbers` has the numbers of its challenges by daring, each a bit of a hexadecimal number: all
    that choosing needs to know.
    """

    __tablename__ = "set_versions"
    __table_args__ = (UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(300))
    published_at: Mapped[datetime]
    numbers: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")


class ChallengeRow(Base):
    """One challenge of one version of a set; its number is the same in all versions."""

    __tablename__ = "challenges"
    __table_args__ = (
        UniqueConstraint("version_id", "slug"),
        Index("ix_challenges_version_id_number", "version_id", "number", unique=True),
        Index("ix_challenges_set_name_slug", "set_name", "slug"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("set_versions.id"))
    set_name: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    minutes: Mapped[int] = mapped_column(SmallInteger)
    daring: Mapped[int] = mapped_column(SmallInteger)
    texts: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSON)

    def text_in(self, language: str) -> dict[str, str]:
        """`task`, `why` and `reflect` in `language`."""
        return self.texts[language]


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
            sqlite_where=COUNTED,
            postgresql_where=COUNTED,
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
    answer: Mapped[Answer | None] = mapped_column(one_of(Answer))
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
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose))
    asks: Mapped[bool] = mapped_column(Boolean)


class OfferRow(Base):
    """The choices under a message, on a platform without buttons."""

    __tablename__ = "offers"
    __table_args__ = (UniqueConstraint("channel", "address", "receipt"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    receipt: Mapped[str] = mapped_column(String(255))
    choices: Mapped[list[list[str]]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(index=True)


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


class HeardRow(Base):
    """What came in and was dealt with, so that a platform that tells it twice changes nothing."""

    __tablename__ = "heard"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)

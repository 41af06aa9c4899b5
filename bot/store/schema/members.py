"""Tables of members: members, addresses, links, link codes and absences.

Names and platform ids are sealed (`SealedText`), and what members write is under a key per member
(see `bot.store.members.vault`). The other columns can be read by whoever has the database. Figures
such as a streak are not stored: they follow from the nudges.
"""

from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Integer,
    SmallInteger,
    String,
    Text,
    Time,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.core.challenges.fit import Tag, WorkProfile
from bot.core.challenges.nerve import BOLDEST
from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.rhythm.workdays import Absence
from bot.store.db.column_types import ADDRESS, SealedText
from bot.store.schema.base import LANGUAGE_TAG_LENGTH, Base, enum_column
from bot.store.schema.inventory import NEVER_REUSE_IDS, Ground, Purpose, Retention, inventory, kept


class Expecting(StrEnum):
    """What the bot expects next in a member's chat: the meaning of a plain text."""

    LANGUAGE = "language"
    RHYTHM = "rhythm"
    REFLECTION = "reflection"
    ADDITION = "addition"
    PACE = "pace"
    STARTS = "starts"


class MemberRow(Base):
    """A member. An id is never given out twice, not even after erasure.

    `check_in`: asked in the afternoon how it went. `quiet_since`: they answered none of their last
    rounds, and get no nudges until any sign of life. `back_at`: when that last came after such a
    silence, or after they had left; silences are counted from there. `seen_on`: the day (UTC) of
    their last sign of life. `notice_at`: when they were told that they will be erased unless they
    give one; None: they were not, or did. `looked_back_at`: when they
    last got a line of their own back. `explained`: what was explained to them, with spaces between.
    What they said about their work is in `workplaces`, `contacts` and `avoids` (see `WorkProfile`);
    `asked_about_work` is whether the bot asked. `max_daring` is the highest daring they want.
    """

    __tablename__ = "members"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CONTACT,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                id="id",
                route="language nudge_channel",
            ),
            kept(Purpose.SHARING, Ground.CONSENT, Retention.MEMBERSHIP, sealed="name"),
            kept(
                Purpose.PLANNING,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                due="weekdays nudge_time zone next_nudge_at check_in quiet_since back_at left_at",
            ),
            kept(
                Purpose.RETENTION, Ground.OBLIGATION, Retention.MEMBERSHIP, due="seen_on notice_at"
            ),
            kept(
                Purpose.CHOICE,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                rule="workplaces contacts avoids max_daring asked_about_work",
            ),
            kept(
                Purpose.CONVERSATION,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                rule="joined_at welcomed expecting expecting_nudge_id explained looked_back_at",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(LANGUAGE_TAG_LENGTH))
    weekdays: Mapped[frozenset[Weekday]]
    nudge_time: Mapped[time] = mapped_column(Time)
    zone: Mapped[str] = mapped_column(String(64))
    next_nudge_at: Mapped[datetime | None] = mapped_column(index=True)
    joined_at: Mapped[datetime]
    welcomed: Mapped[bool] = mapped_column(Boolean, default=False)
    left_at: Mapped[datetime | None]
    seen_on: Mapped[date] = mapped_column(Date, index=True)
    notice_at: Mapped[datetime | None]
    expecting: Mapped[Expecting | None] = mapped_column(enum_column(Expecting))
    expecting_nudge_id: Mapped[int | None] = mapped_column(Integer)
    nudge_channel: Mapped[str | None] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(SealedText("members.name"))
    check_in: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    quiet_since: Mapped[datetime | None]
    back_at: Mapped[datetime | None]
    looked_back_at: Mapped[datetime | None]
    explained: Mapped[str] = mapped_column(String(80), default="", server_default="")
    workplaces: Mapped[frozenset[Tag]] = mapped_column(default=frozenset(), server_default="")
    contacts: Mapped[frozenset[Tag]] = mapped_column(default=frozenset(), server_default="")
    avoids: Mapped[frozenset[Tag]] = mapped_column(default=frozenset(), server_default="")
    asked_about_work: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    max_daring: Mapped[int] = mapped_column(
        SmallInteger, default=BOLDEST, server_default=str(BOLDEST)
    )

    absence_rows: Mapped[list["AbsenceRow"]] = relationship(
        lazy="selectin", order_by="AbsenceRow.first_day", cascade="all, delete-orphan"
    )

    due_columns = ("next_nudge_at",)

    def due_at(self) -> datetime | None:
        """Returns when the member's next nudge is to be sent; None: none is planned."""
        return self.next_nudge_at

    @property
    def rhythm(self) -> Rhythm:
        """The member's weekdays, time and time zone."""
        return Rhythm(self.weekdays, self.nudge_time, ZoneInfo(self.zone))

    @property
    def work(self) -> WorkProfile:
        """What the member said about their work."""
        return WorkProfile(self.workplaces, self.contacts, self.avoids)

    @property
    def absences(self) -> list[Absence]:
        """The member's absences, the earliest first."""
        return [Absence(row.first_day, row.last_day) for row in self.absence_rows]

    def expects(self, expecting: Expecting | None, nudge_id: int | None = None) -> None:
        """Sets what a plain text from this member means from now on, and about which nudge."""
        self.expecting, self.expecting_nudge_id = expecting, nudge_id

    def waits_for(self, expecting: Expecting, nudge_id: int) -> bool:
        """Returns whether the bot expects this, about this nudge."""
        return (self.expecting, self.expecting_nudge_id) == (expecting, nudge_id)


class AddressRow(Base):
    """A chat in which a member can be reached."""

    __tablename__ = "addresses"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        inventory(
            kept(
                Purpose.CONTACT,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                id="id member_id",
                route="channel",
                sealed="address",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))


class LinkCodeRow(Base):
    """A code with which a member links another chat; only its digest is kept."""

    __tablename__ = "link_codes"
    __table_args__ = (
        inventory(
            kept(
                Purpose.INVITATION,
                Ground.INTEREST,
                Retention.LINK_CODES,
                id="member_id",
                digest="digest",
                due="expires_at",
            ),
        ),
    )

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]


class LinkRequestRow(Base):
    """A chat that used a link code, until both chats have answered or `expires_at` has passed.

    `member_id` is whose code it was, `channel` and `address` are the chat that used it, and
    `language` is the one spoken there. `confirmed`: that chat confirmed, and the other is asked.
    """

    __tablename__ = "link_requests"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        inventory(
            kept(
                Purpose.CONTACT,
                Ground.CONSENT,
                Retention.LINK_CODES,
                id="id member_id",
                route="channel language",
                due="confirmed expires_at",
                sealed="address",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    language: Mapped[str] = mapped_column(String(LANGUAGE_TAG_LENGTH))
    confirmed: Mapped[bool] = mapped_column(Boolean, default=False)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LinkRow(Base):
    """Two members who became one, for as long as that can be undone.

    `member_id` stays; `joined_member_id` is a row meanwhile with its key and no chat, and with
    nothing of its own but days away that the other had as well.
    `changes` says what was whose, as `MergeChanges` writes it: ids, settings and counts alone.
    `closed_channel` is where one of the chats was closed since.
    """

    __tablename__ = "links"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CONTACT,
                Ground.CONSENT,
                Retention.LINKS,
                id="joined_member_id member_id changes",
                route="closed_channel",
                due="undo_until",
            ),
        ),
    )

    joined_member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    undo_until: Mapped[datetime] = mapped_column(index=True)
    closed_channel: Mapped[str | None] = mapped_column(String(20))
    changes: Mapped[str] = mapped_column(Text)


class AbsenceRow(Base):
    """An absence in whole local days; without a last day it lasts until the member ends it.

    `planned` says that it was named before it began, as leave is; otherwise it is a pause.
    """

    __tablename__ = "absences"
    __table_args__ = (
        inventory(
            kept(
                Purpose.PLANNING,
                Ground.INTEREST,
                Retention.ABSENCES,
                id="id member_id",
                rule="first_day last_day planned",
            ),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    planned: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

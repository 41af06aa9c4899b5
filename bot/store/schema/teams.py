"""Tables of teams: who belongs, who leads, how one gets in, and what a group was told.

A week's figures are counts. Of a week about which something was said, the roster stays as it was
then, so that no two outputs about it differ by somebody's coming or going.
"""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import LANGUAGE_TAG_LENGTH, NAME_LENGTH, Base, enum_column


class Role(StrEnum):
    """What somebody may do besides taking part."""

    LEAD = "lead"
    TRAINER = "trainer"
    ADMIN = "admin"


class InvitationKind(StrEnum):
    """What an invitation is for: somebody joins, or a group chat becomes the team's."""

    TEAM = "team"
    GROUP = "group"


class TeamRow(Base):
    """People who build a streak together. `open_week` is the first week that is not closed."""

    __tablename__ = "teams"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    name_key: Mapped[str] = mapped_column(String(2 * NAME_LENGTH), unique=True)
    language: Mapped[str] = mapped_column(String(LANGUAGE_TAG_LENGTH))
    zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    open_week: Mapped[date] = mapped_column(Date, index=True)
    digest_weekday: Mapped[int] = mapped_column(SmallInteger, default=5)
    digest_time: Mapped[time] = mapped_column(Time, default=time(15, 30))
    next_digest_at: Mapped[datetime | None] = mapped_column(index=True)


class MembershipRow(Base):
    """That a member belongs to a team; `hidden`: they count for themselves, not for the team."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("team_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime]
    hidden: Mapped[bool] = mapped_column(Boolean, default=False)


class RoleRow(Base):
    """A role, of whoever is at an address, also before they take part; a lead has a team."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("channel", "address", "role", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), index=True
    )
    granted_at: Mapped[datetime]


class InvitationRow(Base):
    """A code that opens a team, of which only the digest is kept."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    kind: Mapped[InvitationKind] = mapped_column(enum_column(InvitationKind))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    uses_left: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class TeamChatRow(Base):
    """The group chat of a team on one channel; `place` is the topic in it that was chosen."""

    __tablename__ = "team_chats"
    __table_args__ = (
        UniqueConstraint("team_id", "channel"),
        UniqueConstraint("channel", "address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    posting_address: Mapped[str] = mapped_column(String(255))


class TeamWeekRow(Base):
    """One week of a team. Closed: its figures. Open: the counts of those who are gone for good."""

    __tablename__ = "team_weeks"
    __table_args__ = (UniqueConstraint("team_id", "monday"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    monday: Mapped[date] = mapped_column(Date)
    closed: Mapped[bool] = mapped_column(Boolean, default=False)
    had_round: Mapped[int] = mapped_column(default=0)
    took_part: Mapped[int] = mapped_column(default=0)
    themes: Mapped[list[str]] = mapped_column(JSON, default=list)


class RosterRow(Base):
    """Who counts in an open week about which something was said already."""

    __tablename__ = "team_week_roster"

    week_id: Mapped[int] = mapped_column(
        ForeignKey("team_weeks.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ShownMenuRow(Base):
    """The menu of commands that a platform shows in one chat, besides what it shows to all."""

    __tablename__ = "shown_menus"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class DigestRow(Base):
    """The week's message to a team's group chat, of one week on one channel.

    `told` is all of it but the stories, so that it can be said again without one of them. `send_at`
    and `leased_until` are as with a nudge.
    """

    __tablename__ = "digests"
    __table_args__ = (
        UniqueConstraint("team_id", "monday", "channel"),
        Index(
            "ix_digests_send_at",
            "send_at",
            sqlite_where=text("send_at IS NOT NULL"),
            postgresql_where=text("send_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    monday: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(LANGUAGE_TAG_LENGTH))
    body: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    send_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    receipt: Mapped[str | None] = mapped_column(String(255))


class ShareRow(Base):
    """That a team may read what was written about a nudge, with its writer's name or without."""

    __tablename__ = "shares"

    nudge_id: Mapped[int] = mapped_column(
        ForeignKey("nudges.id", ondelete="CASCADE"), primary_key=True
    )
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    named: Mapped[bool] = mapped_column(Boolean)
    shared_at: Mapped[datetime]


class StoryRow(Base):
    """What was written about a nudge, as it stands in a digest."""

    __tablename__ = "digest_stories"

    digest_id: Mapped[int] = mapped_column(
        ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True
    )
    nudge_id: Mapped[int] = mapped_column(
        ForeignKey("nudges.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)

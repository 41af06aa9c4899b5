"""Tables of teams: memberships, roles, invitations, group chats, weeks, digests and shares.

The figures of a week are counts. Once a figure of a week was shown, the roster of that week stays
fixed, so that no two outputs about it differ by one member who joined or left.
"""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    ForeignKey,
    SmallInteger,
    String,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.db import leases
from bot.store.schema.base import LANGUAGE_TAG_LENGTH, NAME_LENGTH, Base, enum_column, partial_index


class Role(StrEnum):
    """A role besides that of member."""

    LEAD = "lead"
    TRAINER = "trainer"
    ADMIN = "admin"


class InvitationKind(StrEnum):
    """What an invitation is for: a member joins the team, or a group chat becomes the team's."""

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

    due_columns = ("next_digest_at",)

    def due_at(self) -> datetime | None:
        """Returns when the team's next digest is to be sent; None: none is planned."""
        return self.next_digest_at


class MembershipRow(Base):
    """A member's place in a team; `hidden`: they do not count in the team's figures."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("team_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime]
    hidden: Mapped[bool] = mapped_column(Boolean, default=False)


class RoleRow(Base):
    """A role of an address, which need not have a member yet; only a lead has a team."""

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
    """An invitation to a team; only the digest of its code is stored."""

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
    """The group chat of a team on one channel; `posting_address` includes the topic, if any."""

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


class GroupRequestRow(Base):
    """A group chat in which a team's code was typed, until a lead has answered or a day is over."""

    __tablename__ = "group_requests"
    __table_args__ = (UniqueConstraint("channel", "address"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    posting_address: Mapped[str] = mapped_column(String(255))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TeamWeekRow(Base):
    """A week of a team. Closed: its figures. Open: the counts of members whose data is gone."""

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
    """A member who counts in an open week of which a figure was shown already."""

    __tablename__ = "team_week_roster"

    week_id: Mapped[int] = mapped_column(
        ForeignKey("team_weeks.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ShownMenuRow(Base):
    """The menu of commands shown in one chat, where it differs from the menu for all chats."""

    __tablename__ = "shown_menus"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class DigestRow(Base):
    """The message about one week to a team's group chat on one channel.

    `body` is its text without the stories, so that the message can be edited when one of them is
    withdrawn. `send_at` and `leased_until` are as in `NudgeRow`.
    """

    __tablename__ = "digests"
    __table_args__ = (
        UniqueConstraint("team_id", "monday", "channel"),
        partial_index("ix_digests_send_at", "send_at", where=text("send_at IS NOT NULL")),
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

    due_columns = leases.DUE_COLUMNS

    def due_at(self) -> datetime | None:
        """Returns when the digest is to be sent; None: there is nothing to send."""
        return leases.due_at(self)


class ShareRow(Base):
    """Permission for a team to read a member's reflections on a nudge; `named`: with their name."""

    __tablename__ = "shares"

    nudge_id: Mapped[int] = mapped_column(
        ForeignKey("nudges.id", ondelete="CASCADE"), primary_key=True
    )
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    named: Mapped[bool] = mapped_column(Boolean)
    shared_at: Mapped[datetime]


class StoryRow(Base):
    """The reflections on a nudge, as a story in a digest at a position."""

    __tablename__ = "digest_stories"

    digest_id: Mapped[int] = mapped_column(
        ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True
    )
    nudge_id: Mapped[int] = mapped_column(
        ForeignKey("nudges.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)

"""Tables of teams: memberships, roles, invitations, group chats, weeks, digests and shares.

Of a week that is over only a mark is kept, so that nothing about it can change or be subtracted.
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
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.privacy.noise import new_noise_key
from bot.core.streaks.team_board import WeekMark
from bot.store.db.column_types import ADDRESS, SealedText
from bot.store.db.locks import leases
from bot.store.schema.base import LANGUAGE_TAG_LENGTH, Base, enum_column, partial_index
from bot.store.schema.inventory import (
    NEVER_REUSE_IDS,
    Ground,
    Purpose,
    Retention,
    inventory,
    kept,
    not_personal,
)


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
    """People who build a streak together.

    `open_week` is the first week that is not closed; `noise_key` is for the noise in its figures.
    """

    __tablename__ = "teams"
    __table_args__ = (
        inventory(
            not_personal(
                "id name name_key language zone created_at open_week noise_key",
                Purpose.TEAM,
                Retention.TEAM,
            ),
            not_personal("digest_weekday digest_time next_digest_at", Purpose.TEAM, Retention.TEAM),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(SealedText("teams.name"))
    name_key: Mapped[str] = mapped_column(SealedText("teams.name_key"), unique=True)
    language: Mapped[str] = mapped_column(String(LANGUAGE_TAG_LENGTH))
    zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    open_week: Mapped[date] = mapped_column(Date, index=True)
    digest_weekday: Mapped[int] = mapped_column(SmallInteger, default=5)
    digest_time: Mapped[time] = mapped_column(Time, default=time(15, 30))
    next_digest_at: Mapped[datetime | None] = mapped_column(index=True)
    noise_key: Mapped[str] = mapped_column(String(64), default=new_noise_key)

    due_columns = ("next_digest_at",)

    def due_at(self) -> datetime | None:
        """Returns when the team's next digest is to be sent; None: none is planned."""
        return self.next_digest_at


class MembershipRow(Base):
    """A member's place in a team; `hidden`: they do not count in the team's figures."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("team_id", "member_id"),
        inventory(
            kept(
                Purpose.TEAM,
                Ground.CONSENT,
                Retention.TEAM,
                id="id team_id member_id",
                rule="joined_at hidden",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime]
    hidden: Mapped[bool] = mapped_column(Boolean, default=False)


class RoleRow(Base):
    """A role of an address, which need not have a member yet; only a lead has a team.

    `until` is set when the organisation's sign-in gave it, and moves with each sign-in.
    """

    __tablename__ = "roles"
    __table_args__ = (
        UniqueConstraint("channel", "address", "role", "team_id"),
        inventory(
            kept(
                Purpose.ROLES,
                Ground.INTEREST,
                Retention.WITHDRAWN,
                id="id team_id",
                lookup="channel role granted_at until",
                sealed="address",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), index=True
    )
    granted_at: Mapped[datetime]
    until: Mapped[datetime | None] = mapped_column(index=True)


class InvitationRow(Base):
    """An invitation to a team; only the digest of its code is stored."""

    __tablename__ = "invitations"
    __table_args__ = (
        inventory(
            not_personal(
                "id team_id kind digest uses_left created_at expires_at revoked_at",
                Purpose.INVITATION,
                Retention.INVITATIONS,
            ),
        )
        | NEVER_REUSE_IDS,
    )

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
        inventory(
            not_personal(
                "id team_id channel address posting_address", Purpose.TEAM, Retention.TEAM
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    posting_address: Mapped[str] = mapped_column(SealedText(ADDRESS))


class GroupRequestRow(Base):
    """A group chat in which a team's code was typed, until a lead has answered or a day is over."""

    __tablename__ = "group_requests"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        inventory(
            not_personal(
                "id team_id channel address posting_address expires_at",
                Purpose.TEAM,
                Retention.GROUP_REQUESTS,
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    posting_address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TeamWeekRow(Base):
    """A week of a team that is over, as it is shown."""

    __tablename__ = "team_weeks"
    __table_args__ = (
        UniqueConstraint("team_id", "monday"),
        inventory(
            not_personal("id team_id monday mark themes", Purpose.TEAM, Retention.TEAM),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    monday: Mapped[date] = mapped_column(Date)
    mark: Mapped[WeekMark] = mapped_column(enum_column(WeekMark))
    themes: Mapped[list[str]] = mapped_column(JSON, default=list)


class ShownMenuRow(Base):
    """The menu of commands shown in one chat, where it differs from the menu for all chats."""

    __tablename__ = "shown_menus"
    __table_args__ = (
        inventory(
            kept(
                Purpose.ROLES,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                lookup="channel",
                digest="digest",
                sealed="address",
            ),
        ),
    )

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class DigestRow(Base):
    """The message about one week to a team's group chat on one channel.

    `body` is its text without the stories, so that the message can be edited when one of them is
    withdrawn. `send_at` and `leased_until` are as in `NudgeRow`. `nameless` says how many stories
    without a name it has; they stay until `nameless_until`, when the next digest is due.
    """

    __tablename__ = "digests"
    __table_args__ = (
        UniqueConstraint("team_id", "monday", "channel"),
        partial_index("ix_digests_send_at", "send_at", where=text("send_at IS NOT NULL")),
        inventory(
            not_personal(
                "id team_id monday channel address language body question nameless nameless_until",
                Purpose.TEAM,
                Retention.DIGESTS,
            ),
            not_personal(
                "attempts send_at leased_until sent_at receipt", Purpose.DELIVERY, Retention.DIGESTS
            ),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    monday: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    language: Mapped[str] = mapped_column(String(LANGUAGE_TAG_LENGTH))
    body: Mapped[str] = mapped_column(SealedText("digests.body"))
    question: Mapped[str] = mapped_column(SealedText("digests.question"))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    send_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    receipt: Mapped[str | None] = mapped_column(String(255))
    nameless: Mapped[int] = mapped_column(SmallInteger, default=0)
    nameless_until: Mapped[datetime | None]

    due_columns = leases.DUE_COLUMNS

    def due_at(self) -> datetime | None:
        """Returns when the digest is to be sent; None: there is nothing to send."""
        return leases.due_at(self)


class ShareRow(Base):
    """Permission for a team to read a member's reflections on a nudge; `named`: with their name."""

    __tablename__ = "shares"
    __table_args__ = (
        inventory(
            kept(
                Purpose.SHARING,
                Ground.CONSENT,
                Retention.REFLECTIONS,
                id="nudge_id team_id",
                rule="named shared_at",
            ),
        ),
    )

    nudge_id: Mapped[int] = mapped_column(
        ForeignKey("nudges.id", ondelete="CASCADE"), primary_key=True
    )
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    named: Mapped[bool] = mapped_column(Boolean)
    shared_at: Mapped[datetime]


class StoryRow(Base):
    """The reflections on a nudge, as a story in a digest at a position; `named`: with a name."""

    __tablename__ = "digest_stories"
    __table_args__ = (
        inventory(
            kept(
                Purpose.SHARING,
                Ground.CONSENT,
                Retention.DIGESTS,
                id="digest_id nudge_id position",
                rule="named",
            ),
        ),
    )

    digest_id: Mapped[int] = mapped_column(
        ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True
    )
    nudge_id: Mapped[int] = mapped_column(
        ForeignKey("nudges.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    named: Mapped[bool] = mapped_column(Boolean)

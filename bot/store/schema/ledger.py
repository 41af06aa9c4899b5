"""The table of the ledger: acts that take something away, which no restored backup may undo."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Base, enum_column, make_append_only
from bot.store.schema.inventory import NEVER_REUSE_IDS, Ground, Purpose, Retention, inventory, kept


class Act(StrEnum):
    """What was done; behind each stands what `subject_id` is the id of."""

    ERASED = "erased"  # a member
    MERGED = "merged"  # the member who stays; `other_id` was merged into them
    MERGE_UNDONE = "merge_undone"  # the same two members, who are two again
    ROLE_REVOKED = "role_revoked"  # a row of `roles`
    LEFT_TEAM = "left_team"  # a membership
    HIDDEN = "hidden"  # a membership
    SHOWN = "shown"  # a membership
    SHARE_WITHDRAWN = "share_withdrawn"  # the nudge that was written about
    INVITATION_REVOKED = "invitation_revoked"  # an invitation
    GROUP_DISCONNECTED = "group_disconnected"  # a row of `team_chats`
    REFLECTION_DELETED = "reflection_deleted"  # a reflection
    CHAT_UNLINKED = "chat_unlinked"  # a row of `addresses`


class LedgerEntryRow(Base):
    """An act, written in the transaction that does it; no entry is ever changed or deleted.

    It holds ids alone, which identify nobody once their rows are gone. No table that an act is
    about gives an id out twice.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        inventory(
            kept(
                Purpose.ACCOUNTABILITY,
                Ground.OBLIGATION,
                Retention.INSTALLATION,
                id="number subject_id other_id",
                rule="at act",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    act: Mapped[Act] = mapped_column(enum_column(Act))
    subject_id: Mapped[int]
    other_id: Mapped[int | None]


make_append_only(LedgerEntryRow.__table__)

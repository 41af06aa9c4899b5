"""The table of the audit trail: who did what that matters to others, each entry bound to the last.

It identifies nobody by itself: a subject is the id of a row, or a keyed digest. So neither erasure
nor retention has anything to change in it, and both databases refuse every change.
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Base, make_append_only
from bot.store.schema.inventory import Ground, Purpose, Retention, inventory, kept

HASH_LENGTH = 64  # hexadecimal digits of SHA-256
SUBJECT_LENGTH = 120
DETAIL_LENGTH = 300


class AuditEntryRow(Base):
    """One act. `hash` covers the entry and the hash of the one before; see `bot.store.admin.audit`.

    Numbers are given out by the program, from 1, without gaps.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        inventory(
            kept(
                Purpose.ACCOUNTABILITY,
                Ground.OBLIGATION,
                Retention.INSTALLATION,
                id="number actor subject detail",
                digest="hash",
                rule="at action",
            ),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    action: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    detail: Mapped[str] = mapped_column(String(DETAIL_LENGTH))
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH))


make_append_only(AuditEntryRow.__table__)

"""The table of the audit trail: who did what that matters to others, each entry bound to the last.

It identifies nobody by itself: a subject is the id of a row, or a keyed digest. So neither erasure
nor retention has anything to change in it, and both databases refuse every change.
"""

from datetime import datetime

from sqlalchemy import DDL, String, event
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.schema.base import Base

HASH_LENGTH = 64  # hexadecimal digits of SHA-256
SUBJECT_LENGTH = 120
DETAIL_LENGTH = 300


class AuditEntryRow(Base):
    """One act. `hash` covers the entry and the hash of the one before; see `bot.store.admin.audit`.

    Numbers are given out by the program, from 1, without gaps.
    """

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    action: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    detail: Mapped[str] = mapped_column(String(DETAIL_LENGTH))
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH))


APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END",
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''audit entries are never changed''; END'",
        "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
    ),
}
for dialect, statements in APPEND_ONLY.items():
    for statement in statements:
        trigger = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy's
        event.listen(AuditEntryRow.__table__, "after_create", trigger)

"""Tables of the pages: links and openings that sign in once, and sessions of browsers."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.db.column_types import SealedText
from bot.store.schema.base import Base
from bot.store.schema.inventory import (
    NEVER_REUSE_IDS,
    Ground,
    Purpose,
    Retention,
    inventory,
    kept,
)


class SignInRow(Base):
    """A link with which the chat that asked for it signs in once; only its digest is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = (
        inventory(
            kept(
                Purpose.PAGES,
                Ground.INTEREST,
                Retention.SIGN_INS,
                id="address_id",
                digest="digest",
                due="expires_at",
            ),
        ),
    )

    address_id: Mapped[int] = mapped_column(
        ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OpeningRow(Base):
    """One time that somebody opened the Mini App, which signs in once; only its digest is kept."""

    __tablename__ = "openings"
    __table_args__ = (
        inventory(
            kept(
                Purpose.PAGES,
                Ground.INTEREST,
                Retention.OPENINGS,
                id="address_id",
                digest="digest",
                due="expires_at",
            ),
        ),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    address_id: Mapped[int] = mapped_column(
        ForeignKey("addresses.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WebSessionRow(Base):
    """A browser that is signed in for a chat; only digests of its cookie are kept.

    The cookie is replaced now and then, at `rotated_at` for the last time; `previous_digest` is of
    the one before. `form_key` stands in the forms of this session, and in no other's. `browser` is
    what the browser calls itself, so that a member recognises it.
    """

    __tablename__ = "web_sessions"
    __table_args__ = (
        inventory(
            kept(
                Purpose.PAGES,
                Ground.INTEREST,
                Retention.SESSIONS,
                id="id address_id form_key",
                digest="digest previous_digest",
                due="created_at rotated_at expires_at",
                sealed="browser",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(
        ForeignKey("addresses.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    previous_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    form_key: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(SealedText("web_sessions.browser"))
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

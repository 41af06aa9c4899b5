"""Tables of the pages: what signs in once, sessions of browsers, accounts of the organisation."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.db.column_types import ADDRESS, SealedText
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


class OrganisationAccountRow(Base):
    """An account at the organisation that signs in for one chat, because that chat agreed.

    `subject` is a keyed digest of the provider and of the account's id there.
    """

    __tablename__ = "organisation_accounts"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        inventory(
            kept(
                Purpose.PAGES,
                Ground.CONSENT,
                Retention.WITHDRAWN,
                digest="subject",
                lookup="channel linked_at",
                sealed="address",
            ),
        ),
    )

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    linked_at: Mapped[datetime]


class OrganisationCodeRow(Base):
    """A code that links an account at the organisation to the chat in which it is typed.

    `name` is how the account's owner recognises it, and `browser` where they signed in: the chat
    asks about both. It has no address until the code was typed.
    """

    __tablename__ = "organisation_codes"
    __table_args__ = (
        inventory(
            kept(
                Purpose.PAGES,
                Ground.CONSENT,
                Retention.LINK_CODES,
                id="id",
                digest="subject digest",
                route="channel",
                due="expires_at",
                sealed="name browser address",
            ),
        )
        | NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(SealedText("organisation_codes.name"))
    browser: Mapped[str] = mapped_column(SealedText("organisation_codes.browser"))
    channel: Mapped[str | None] = mapped_column(String(20))
    address: Mapped[str | None] = mapped_column(SealedText(ADDRESS))
    expires_at: Mapped[datetime] = mapped_column(index=True)

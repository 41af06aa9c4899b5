"""Tables of challenge sets: their versions, which are live for whom, and what each member had."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.selection import History
from bot.languages.registry import text_in
from bot.store.schema.base import Base


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
    challenge_bits: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")

    def title_in(self, language: str) -> str:
        """Returns its title in `language`, or in another that there is."""
        return text_in(self.title, language)


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
        """Returns `task`, `why` and `reflect` in `language`, or in another that there is."""
        return text_in(self.texts, language)


class PublicationRow(Base):
    """That a version was made live, for everybody or for one team; never changed afterwards.

    What happens for several teams at once has one `act`, which counts within a set. `shipped`: it
    came along with the program, and nobody chose it.
    """

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("set_name", "publication_number", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_name: Mapped[str] = mapped_column(String(64))
    publication_number: Mapped[int]
    version_id: Mapped[int] = mapped_column(ForeignKey("set_versions.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), index=True
    )
    starts_at: Mapped[datetime]
    published_at: Mapped[datetime]
    bundled: Mapped[bool] = mapped_column(Boolean)


class DraftRow(Base):
    """A set that a trainer sent and has not published yet.

    `act` is the set's last publication when they were told what changes. `seen` is how often they
    asked for other examples. Without teams it is for everybody, without a day it begins at once.
    """

    __tablename__ = "drafts"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    content: Mapped[str] = mapped_column(Text)
    publication_number: Mapped[int]
    examples_page: Mapped[int] = mapped_column(default=0)
    teams: Mapped[list[int]] = mapped_column(JSON, default=list)
    starts_on: Mapped[date | None] = mapped_column(Date)
    saved_at: Mapped[datetime] = mapped_column(index=True)


class ProgrammeStartRow(Base):
    """That a team, or a member alone, follows a programme from a day on."""

    __tablename__ = "programme_starts"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), unique=True
    )
    member_id: Mapped[int | None] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), unique=True
    )
    starts_on: Mapped[date] = mapped_column(Date, index=True)
    started_at: Mapped[datetime]


class HistoryRow(Base):
    """Which challenges a member got, for choosing the next one in no time.

    It says nothing that the nudges do not say, and is made of them where it is missing.
    """

    __tablename__ = "challenge_histories"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    received_bits: Mapped[str] = mapped_column(Text)
    last_theme: Mapped[str | None] = mapped_column(String(64))
    rounds: Mapped[int]


def encode_laps(past: History) -> str:
    """How its laps are kept: hexadecimal, the first one first."""
    return ",".join(f"{lap:x}" for lap in past.times_received)


def decode_laps(text: str) -> tuple[int, ...]:
    """The laps that were kept so."""
    return tuple(int(lap, 16) for lap in text.split(",") if lap)

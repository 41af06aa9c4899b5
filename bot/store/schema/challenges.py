"""Tables of challenge sets: versions, publications, drafts, programmes and histories."""

from collections.abc import Sequence
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

from bot.core.challenges.fit import Span
from bot.core.challenges.nerve import REMEMBERED
from bot.core.challenges.selection import THEMES_APART
from bot.core.privacy.noise import new_noise_key
from bot.languages.registry import text_in
from bot.store.schema.base import Base
from bot.store.schema.inventory import Ground, Purpose, Retention, inventory, kept, not_personal


class SetVersionRow(Base):
    """A challenge set as it was published; never changed afterwards.

    `challenge_bits` has a bit set of its challenges' numbers for each trait, in hexadecimal (see
    `bot.core.challenges.selection`): all that selecting needs, without reading the challenges.
    """

    __tablename__ = "set_versions"
    __table_args__ = (
        UniqueConstraint("name", "number"),
        inventory(
            not_personal(
                "id name number digest title source published_at challenge_bits", Purpose.CONTENT
            ),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(300))
    published_at: Mapped[datetime]
    challenge_bits: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")

    def title_in(self, language: str) -> str:
        """Returns its title in `language`, or in another that there is."""
        return text_in(self.title, language)


class ChallengeRow(Base):
    """One challenge of one version of a set; its `number` is the same in all versions.

    `span`, `fits` and `at` hold the values of `Span`, `Tag` and `DayPart` (see
    `bot.core.challenges.fit`).
    """

    __tablename__ = "challenges"
    __table_args__ = (
        UniqueConstraint("version_id", "slug"),
        Index("ix_challenges_version_id_number", "version_id", "number", unique=True),
        Index("ix_challenges_set_name_slug", "set_name", "slug"),
        inventory(
            not_personal(
                "id version_id set_name slug number minutes daring span fits at texts",
                Purpose.CONTENT,
            ),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("set_versions.id"))
    set_name: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    minutes: Mapped[int] = mapped_column(SmallInteger)
    daring: Mapped[int] = mapped_column(SmallInteger)
    span: Mapped[str] = mapped_column(String(16), default=Span.TODAY, server_default=Span.TODAY)
    fits: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    at: Mapped[str | None] = mapped_column(String(16))
    texts: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSON)

    def text_in(self, language: str) -> dict[str, str]:
        """Returns its texts in `language`, or in another that there is.

        They are `task`, `why`, `reflect` and, where the challenge has it, `reflect_tried`.
        """
        return text_in(self.texts, language)


class PublicationRow(Base):
    """The publication of a version, for everybody or for one team; never changed afterwards.

    `publication_number` counts from 1 within a set; a publication for several teams has a row for
    each, with one number. `bundled`: it came with the program, and no trainer published it.
    """

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("set_name", "publication_number", "team_id"),
        inventory(
            not_personal(
                "id set_name publication_number version_id team_id starts_at published_at bundled",
                Purpose.CONTENT,
            ),
        ),
    )

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

    `publication_number` is that of the set's last publication when the trainer saw what changes.
    `examples_page` is how often they asked for other examples. Without `teams` the draft is for
    everybody, without `starts_on` it starts at once.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        inventory(
            kept(Purpose.CONTENT, Ground.INTEREST, Retention.DRAFTS, id="member_id"),
            not_personal(
                "content publication_number examples_page teams starts_on saved_at",
                Purpose.CONTENT,
                Retention.DRAFTS,
            ),
        ),
    )

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    content: Mapped[str] = mapped_column(Text)
    publication_number: Mapped[int]
    examples_page: Mapped[int] = mapped_column(default=0)
    teams: Mapped[list[int]] = mapped_column(JSON, default=list)
    starts_on: Mapped[date | None] = mapped_column(Date)
    saved_at: Mapped[datetime] = mapped_column(index=True)


class SetDraftRow(Base):
    """The draft of a set that trainers edit together on the pages; one per set.

    `content` is JSON, and need not be a valid set. `revision` counts from 1 and goes up with each
    change, so that nobody writes over what they have not seen.
    """

    __tablename__ = "set_drafts"
    __table_args__ = (inventory(not_personal("name revision content saved_at", Purpose.CONTENT)),)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]


class ProgrammeStartRow(Base):
    """The programme that a team, or a member alone, follows, and the day on which it starts."""

    __tablename__ = "programme_starts"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CHOICE,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                id="id team_id member_id",
                rule="programme starts_on started_at",
            ),
        ),
    )

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


class ProgrammeOrderRow(Base):
    """The order that trainers chose for a programme, in the place of the packaged one.

    `weeks` has, for each week in its place, which week of the packaged programme it is and its
    challenges as `set/id`. `revision` counts from 1 and goes up with each change. `last_move` is
    the last change, so that a button that is pressed twice moves once.
    """

    __tablename__ = "programme_orders"
    __table_args__ = (
        inventory(not_personal("programme revision weeks last_move saved_at", Purpose.CONTENT)),
    )

    programme: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int]
    weeks: Mapped[list[tuple[int, list[str]]]] = mapped_column(JSON)
    last_move: Mapped[str] = mapped_column(String(200))
    saved_at: Mapped[datetime]


class ChallengeFiguresRow(Base):
    """How a challenge was answered until a day, all its versions together; about no member.

    All counts but `sent` have noise in them, so no figure can be computed back to one person.
    `batches` is how often something was counted; `noise_key` is for the noise.
    """

    __tablename__ = "challenge_figures"
    __table_args__ = (
        inventory(
            not_personal(
                "set_name slug counted_until batches sent did swapped reflected noise_key",
                Purpose.CONTENT,
            ),
        ),
    )

    set_name: Mapped[str] = mapped_column(String(64), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    counted_until: Mapped[date] = mapped_column(Date, default=date.min)
    batches: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    did: Mapped[int] = mapped_column(default=0)
    swapped: Mapped[int] = mapped_column(default=0)
    reflected: Mapped[int] = mapped_column(default=0)
    noise_key: Mapped[str] = mapped_column(String(64), default=new_noise_key)


class HistoryRow(Base):
    """Which challenges a member received, in the form in which selecting the next one is quick.

    It is a cache of the member's nudges, and is rebuilt from them where it is missing. `darings`
    and `themes` are those of the last challenges, newest first; `unsuitable_bits` has the
    challenges that they said do not suit their work. `done` is how many they had done when it was
    stored.
    """

    __tablename__ = "challenge_histories"
    __table_args__ = (
        inventory(
            kept(
                Purpose.CHOICE,
                Ground.INTEREST,
                Retention.MEMBERSHIP,
                id="member_id",
                rule="received_bits unsuitable_bits darings themes rounds done",
            ),
        ),
    )

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    received_bits: Mapped[str] = mapped_column(Text)
    unsuitable_bits: Mapped[str] = mapped_column(Text)
    darings: Mapped[str] = mapped_column(String(REMEMBERED))
    themes: Mapped[str] = mapped_column(String(64 * THEMES_APART + THEMES_APART))
    rounds: Mapped[int]
    done: Mapped[int] = mapped_column(SmallInteger)


def encode_bit_sets(bit_sets: Sequence[int]) -> str:
    """Returns bit sets as `HistoryRow.received_bits` has them: hexadecimal, with commas."""
    return ",".join(f"{bits:x}" for bits in bit_sets)


def decode_bit_sets(text: str) -> tuple[int, ...]:
    """Returns the bit sets that `encode_bit_sets` wrote as `text`."""
    return tuple(int(bits, 16) for bits in text.split(",") if bits)

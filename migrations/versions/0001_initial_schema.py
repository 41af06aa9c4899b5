"""Creates all tables.

It imports nothing of the bot, so that it stays what it was. Databases of development versions, at
revisions `0001` to `0006`, cannot be upgraded: see `bot.store.db.migrate`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_initial_schema"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IS_SET_ASIDE = sa.text("set_aside_at IS NOT NULL")
IS_PENDING = sa.text("send_at IS NOT NULL")
HAS_MINUTES = sa.text("NOT moments_cut")
COUNTS_FOR_STREAK = sa.text("answer IN ('done', 'tried')")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", MOMENT, nullable=False),
    sa.Column("act", sa.String(20), nullable=False),
    sa.Column("subject_id", sa.Integer, nullable=False),
    sa.Column("other_id", sa.Integer),
    sqlite_autoincrement=True,
)
sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("weekdays", sa.String(7), nullable=False),
    sa.Column("nudge_time", sa.Time, nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("next_nudge_at", MOMENT, index=True),
    sa.Column("joined_at", MOMENT, nullable=False),
    sa.Column("welcomed", sa.Boolean, nullable=False),
    sa.Column("left_at", MOMENT),
    sa.Column("seen_on", sa.Date, index=True, nullable=False),
    sa.Column("notice_at", MOMENT),
    sa.Column("expecting", sa.String(20)),
    sa.Column("expecting_nudge_id", sa.Integer),
    sa.Column("nudge_channel", sa.String(20)),
    sa.Column("name", sa.LargeBinary),
    sa.Column("check_in", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("quiet_since", MOMENT),
    sa.Column("back_at", MOMENT),
    sa.Column("looked_back_at", MOMENT),
    sa.Column("explained", sa.String(80), nullable=False, server_default=""),
    sa.Column("workplaces", sa.String(60), server_default="", nullable=False),
    sa.Column("contacts", sa.String(60), server_default="", nullable=False),
    sa.Column("avoids", sa.String(60), server_default="", nullable=False),
    sa.Column("asked_about_work", sa.Boolean, server_default=sa.false(), nullable=False),
    sa.Column("max_daring", sa.SmallInteger, server_default="3", nullable=False),
    sqlite_autoincrement=True,
)
sa.Table(
    "pending_choices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("receipt", sa.String(255), nullable=False),
    sa.Column("choices", sa.LargeBinary, nullable=False),
    sa.Column("offered_at", MOMENT, index=True, nullable=False),
    sa.UniqueConstraint("channel", "address", "receipt"),
)
sa.Table(
    "processed_updates",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("processed_at", MOMENT, index=True, nullable=False),
)
sa.Table(
    "sent_messages",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("address", sa.LargeBinary, primary_key=True),
    sa.Column("message", sa.String(255), primary_key=True),
    sa.Column("sent_at", MOMENT, index=True, nullable=False),
)
sa.Table(
    "set_versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("title", sa.JSON, nullable=False),
    sa.Column("source", sa.String(300), nullable=False),
    sa.Column("published_at", MOMENT, nullable=False),
    sa.Column("challenge_bits", sa.JSON, server_default="{}", nullable=False),
    sa.UniqueConstraint("name", "number"),
)
sa.Table(
    "shown_menus",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("address", sa.LargeBinary, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
)
sa.Table(
    "teams",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.LargeBinary, nullable=False),
    sa.Column("name_key", sa.LargeBinary, unique=True, nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("open_week", sa.Date, index=True, nullable=False),
    sa.Column("digest_weekday", sa.SmallInteger, nullable=False),
    sa.Column("digest_time", sa.Time, nullable=False),
    sa.Column("next_digest_at", MOMENT, index=True),
    sa.Column("noise_key", sa.String(64), nullable=False),
    sqlite_autoincrement=True,
)
sa.Table(
    "absences",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date),
    sa.Column("planned", sa.Boolean, server_default=sa.false(), nullable=False),
)
sa.Table(
    "addresses",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("channel", "address"),
    sqlite_autoincrement=True,
)
sa.Table(
    "challenge_histories",
    metadata,
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("received_bits", sa.Text, nullable=False),
    sa.Column("unsuitable_bits", sa.Text, nullable=False),
    sa.Column("darings", sa.String(12), nullable=False),
    sa.Column("themes", sa.String(195), nullable=False),
    sa.Column("rounds", sa.Integer, nullable=False),
    sa.Column("done", sa.SmallInteger, nullable=False),
)
sa.Table(
    "challenges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("version_id", sa.Integer, sa.ForeignKey("set_versions.id"), nullable=False),
    sa.Column("set_name", sa.String(64), nullable=False),
    sa.Column("slug", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, server_default="0", nullable=False),
    sa.Column("minutes", sa.SmallInteger, nullable=False),
    sa.Column("daring", sa.SmallInteger, nullable=False),
    sa.Column("span", sa.String(16), server_default="today", nullable=False),
    sa.Column("fits", sa.JSON, server_default="[]", nullable=False),
    sa.Column("at", sa.String(16)),
    sa.Column("texts", sa.JSON, nullable=False),
    sa.UniqueConstraint("version_id", "slug"),
    sa.Index("ix_challenges_set_name_slug", "set_name", "slug"),
    sa.Index("ix_challenges_version_id_number", "version_id", "number", unique=True),
)
sa.Table(
    "digests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    sa.Column("monday", sa.Date, nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("question", sa.LargeBinary, nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("send_at", MOMENT),
    sa.Column("leased_until", MOMENT),
    sa.Column("sent_at", MOMENT),
    sa.Column("receipt", sa.String(255)),
    sa.Column("nameless", sa.SmallInteger, nullable=False),
    sa.Column("nameless_until", MOMENT),
    sa.UniqueConstraint("team_id", "monday", "channel"),
    sa.Index("ix_digests_send_at", "send_at", sqlite_where=IS_PENDING, postgresql_where=IS_PENDING),
)
sa.Table(
    "drafts",
    metadata,
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("publication_number", sa.Integer, nullable=False),
    sa.Column("examples_page", sa.Integer, nullable=False),
    sa.Column("teams", sa.JSON, nullable=False),
    sa.Column("starts_on", sa.Date),
    sa.Column("saved_at", MOMENT, index=True, nullable=False),
)
sa.Table(
    "set_drafts",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("saved_at", MOMENT, nullable=False),
)
sa.Table(
    "programme_orders",
    metadata,
    sa.Column("programme", sa.String(64), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("weeks", sa.JSON, nullable=False),
    sa.Column("last_move", sa.String(200), nullable=False),
    sa.Column("saved_at", MOMENT, nullable=False),
)
sa.Table(
    "challenge_figures",
    metadata,
    sa.Column("set_name", sa.String(64), primary_key=True),
    sa.Column("slug", sa.String(64), primary_key=True),
    sa.Column("counted_until", sa.Date, nullable=False),
    sa.Column("batches", sa.Integer, nullable=False),
    sa.Column("sent", sa.Integer, nullable=False),
    sa.Column("did", sa.Integer, nullable=False),
    sa.Column("swapped", sa.Integer, nullable=False),
    sa.Column("reflected", sa.Integer, nullable=False),
    sa.Column("noise_key", sa.String(64), nullable=False),
)
sa.Table(
    "invitations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "team_id",
        sa.Integer,
        sa.ForeignKey("teams.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("uses_left", sa.Integer, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
    sa.Column("revoked_at", MOMENT),
    sqlite_autoincrement=True,
)
sa.Table(
    "link_codes",
    metadata,
    sa.Column(
        "member_id", sa.Integer, sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
)
sa.Table(
    "link_requests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
    sa.UniqueConstraint("channel", "address"),
    sqlite_autoincrement=True,
)
sa.Table(
    "sign_ins",
    metadata,
    sa.Column(
        "address_id",
        sa.Integer,
        sa.ForeignKey("addresses.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
)
sa.Table(
    "organisation_accounts",
    metadata,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("linked_at", MOMENT, nullable=False),
    sa.UniqueConstraint("channel", "address"),
)
sa.Table(
    "organisation_codes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", sa.String(64), unique=True, nullable=False),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("name", sa.LargeBinary, nullable=False),
    sa.Column("browser", sa.LargeBinary, nullable=False),
    sa.Column("channel", sa.String(20)),
    sa.Column("address", sa.LargeBinary),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
    sqlite_autoincrement=True,
)
sa.Table(
    "openings",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column(
        "address_id",
        sa.Integer,
        sa.ForeignKey("addresses.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
)
sa.Table(
    "web_sessions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "address_id",
        sa.Integer,
        sa.ForeignKey("addresses.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("previous_digest", sa.String(64), index=True),
    sa.Column("form_key", sa.String(64), nullable=False),
    sa.Column("browser", sa.LargeBinary, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("rotated_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
    sqlite_autoincrement=True,
)
sa.Table(
    "mailbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("key", sa.String(320), nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("attachment", sa.LargeBinary),
    sa.Column("sent_at", MOMENT, index=True, nullable=False),
    sa.UniqueConstraint("channel", "address", "key"),
    sqlite_autoincrement=True,
)
sa.Table(
    "chat_browsers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, index=True, nullable=False),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("previous_digest", sa.String(64), index=True),
    sa.Column("begun_with", sa.String(64), unique=True),
    sa.Column("form_key", sa.String(64), nullable=False),
    sa.Column("browser", sa.LargeBinary, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("rotated_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
    sa.Column("lock_hash", sa.LargeBinary),
    sa.Column("lock_minutes", sa.Integer),
    sa.Column("locks_at", MOMENT),
    sa.Column("lock_wrong", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
sa.Table(
    "chat_farewells",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("browser_id", sa.Integer, index=True, nullable=False),
    sa.Column("chat", sa.String(64), index=True, nullable=False),
    sa.Column("text", sa.LargeBinary),
    sa.Column("at", MOMENT, index=True, nullable=False),
)
sa.Table(
    "chat_keys",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("address", sa.LargeBinary, primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("created_at", MOMENT, index=True, nullable=False),
    sa.Column("expires_at", MOMENT, index=True),
)
sa.Table(
    "chat_pushes",
    metadata,
    sa.Column(
        "browser_id",
        sa.Integer,
        sa.ForeignKey("chat_browsers.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("endpoint", sa.LargeBinary, nullable=False),
    sa.Column("p256dh", sa.LargeBinary, nullable=False),
    sa.Column("auth", sa.LargeBinary, nullable=False),
    sa.Column("pushed_at", MOMENT),
)
sa.Table(
    "links",
    metadata,
    sa.Column(
        "joined_member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("undo_until", MOMENT, index=True, nullable=False),
    sa.Column("closed_channel", sa.String(20)),
    sa.Column("changes", sa.Text, nullable=False),
)
sa.Table(
    "memberships",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("joined_at", MOMENT, nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False),
    sa.UniqueConstraint("team_id", "member_id"),
    sqlite_autoincrement=True,
)
sa.Table(
    "programme_starts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("programme", sa.String(64), nullable=False),
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), unique=True),
    sa.Column(
        "member_id", sa.Integer, sa.ForeignKey("members.id", ondelete="CASCADE"), unique=True
    ),
    sa.Column("starts_on", sa.Date, index=True, nullable=False),
    sa.Column("started_at", MOMENT, nullable=False),
)
sa.Table(
    "publications",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("set_name", sa.String(64), nullable=False),
    sa.Column("publication_number", sa.Integer, nullable=False),
    sa.Column(
        "version_id", sa.Integer, sa.ForeignKey("set_versions.id"), index=True, nullable=False
    ),
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), index=True),
    sa.Column("starts_at", MOMENT, nullable=False),
    sa.Column("published_at", MOMENT, nullable=False),
    sa.Column("bundled", sa.Boolean, nullable=False),
    sa.UniqueConstraint("set_name", "publication_number", "team_id"),
)
sa.Table(
    "roles",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), index=True),
    sa.Column("granted_at", MOMENT, nullable=False),
    sa.Column("until", MOMENT, index=True),
    sa.UniqueConstraint("channel", "address", "role", "team_id"),
    sqlite_autoincrement=True,
)
sa.Table(
    "round_counts",
    metadata,
    sa.Column(
        "member_id",
        sa.Integer,
        sa.ForeignKey("members.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("grows", sa.Integer, nullable=False),
    sa.Column("jokers", sa.Integer, nullable=False),
    sa.Column("breaks", sa.Integer, nullable=False),
    sa.Column("others", sa.Integer, nullable=False),
    sa.Column("current", sa.Integer, nullable=False),
    sa.Column("longest", sa.Integer, nullable=False),
    sa.Column("joker_day", sa.Date),
    sa.Column("strength", sa.Double, nullable=False),
    sa.Column("planned", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("received_bits", sa.Text, nullable=False),
    sa.Column("unsuitable_bits", sa.Text, nullable=False),
)
sa.Table(
    "team_chats",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("posting_address", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("team_id", "channel"),
    sa.UniqueConstraint("channel", "address"),
    sqlite_autoincrement=True,
)
sa.Table(
    "group_requests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "team_id",
        sa.Integer,
        sa.ForeignKey("teams.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("posting_address", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", MOMENT, index=True, nullable=False),
    sa.UniqueConstraint("channel", "address"),
    sqlite_autoincrement=True,
)
sa.Table(
    "team_weeks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    sa.Column("monday", sa.Date, nullable=False),
    sa.Column("mark", sa.String(20), nullable=False),
    sa.Column("themes", sa.JSON, nullable=False),
    sa.UniqueConstraint("team_id", "monday"),
)
sa.Table(
    "nudges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "member_id", sa.Integer, sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("challenge_id", sa.Integer, sa.ForeignKey("challenges.id"), nullable=False),
    sa.Column("round_at", MOMENT, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("per_week", sa.SmallInteger, nullable=False),
    sa.Column("extra", sa.Boolean, nullable=False),
    sa.Column("asked_for", sa.Boolean, server_default=sa.false(), nullable=False),
    sa.Column("swaps", sa.SmallInteger, nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("postponed", sa.SmallInteger, server_default="0", nullable=False),
    sa.Column("send_at", MOMENT),
    sa.Column("follow_up", sa.String(20)),
    sa.Column("check_in_at", MOMENT),
    sa.Column("leased_until", MOMENT),
    sa.Column("sent_at", MOMENT),
    sa.Column("answer", sa.String(20)),
    sa.Column("answered_at", MOMENT),
    sa.Column("open_until", MOMENT),
    sa.Column("moments_cut", sa.Boolean, server_default=sa.false(), nullable=False),
    sa.Index(
        "ix_nudges_moments_cut", "day", sqlite_where=HAS_MINUTES, postgresql_where=HAS_MINUTES
    ),
    sa.Index(
        "ix_nudges_counted",
        "member_id",
        sqlite_where=COUNTS_FOR_STREAK,
        postgresql_where=COUNTS_FOR_STREAK,
    ),
    sa.Index("ix_nudges_member_id_round_at", "member_id", "round_at"),
    sa.Index("ix_nudges_send_at", "send_at", sqlite_where=IS_PENDING, postgresql_where=IS_PENDING),
    sa.Index(
        "ix_nudges_pending", "member_id", sqlite_where=IS_PENDING, postgresql_where=IS_PENDING
    ),
    sqlite_autoincrement=True,
)
sa.Table(
    "digest_stories",
    metadata,
    sa.Column(
        "digest_id", sa.Integer, sa.ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "nudge_id",
        sa.Integer,
        sa.ForeignKey("nudges.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Column("named", sa.Boolean, nullable=False),
)
sa.Table(
    "receipts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "nudge_id",
        sa.Integer,
        sa.ForeignKey("nudges.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("receipt", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("has_buttons", sa.Boolean, nullable=False),
    sa.UniqueConstraint("channel", "address", "receipt"),
)
sa.Table(
    "reflections",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "member_id", sa.Integer, sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column(
        "nudge_id",
        sa.Integer,
        sa.ForeignKey("nudges.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("source", sa.String(255), nullable=False),
    sa.Column("key_id", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("written_at", MOMENT, nullable=False),
    sa.Column("edited_at", MOMENT),
    sa.Column("moments_cut", sa.Boolean, server_default=sa.false(), nullable=False),
    sa.Index(
        "ix_reflections_moments_cut",
        "written_at",
        sqlite_where=HAS_MINUTES,
        postgresql_where=HAS_MINUTES,
    ),
    sa.UniqueConstraint("member_id", "source"),
    sqlite_autoincrement=True,
)
sa.Table(
    "shares",
    metadata,
    sa.Column(
        "nudge_id", sa.Integer, sa.ForeignKey("nudges.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "team_id",
        sa.Integer,
        sa.ForeignKey("teams.id", ondelete="CASCADE"),
        index=True,
        nullable=False,
    ),
    sa.Column("named", sa.Boolean, nullable=False),
    sa.Column("shared_at", MOMENT, nullable=False),
)
sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("key", sa.String(320), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("subject", sa.String(320)),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("send_at", MOMENT, nullable=False),
    sa.Column("leased_until", MOMENT),
    sa.UniqueConstraint("channel", "key"),
    sa.Index("ix_outbox_channel_address_id", "channel", "address", "id"),
    sqlite_autoincrement=True,
)
sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("sender", sa.LargeBinary),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("received_at", MOMENT, nullable=False),
    sa.Column("attempts", sa.SmallInteger, server_default="0", nullable=False),
    sa.Column("set_aside_at", MOMENT),
    sa.Column("fault", sa.String(60)),
    sa.UniqueConstraint("channel", "key"),
    sa.Index("ix_inbox_channel_address", "channel", "address"),
    sa.Index("ix_inbox_channel_sender", "channel", "sender"),
    sa.Index(
        "ix_inbox_set_aside_at",
        "set_aside_at",
        sqlite_where=IS_SET_ASIDE,
        postgresql_where=IS_SET_ASIDE,
    ),
    sqlite_autoincrement=True,
)
sa.Table(
    "inbox_positions",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("position", sa.String(1000), nullable=False),
    sa.Column("reached_at", MOMENT, nullable=False),
)
sa.Table(
    "audit_entries",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Column("actor", sa.String(120), nullable=False),
    sa.Column("action", sa.String(30), nullable=False),
    sa.Column("subject", sa.String(120), nullable=False),
    sa.Column("detail", sa.String(300), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)


# What is written there stays: nothing in the program changes it, and no mistake in it can.
APPEND_ONLY = ("ledger_entries", "audit_entries")
REFUSE_ON_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
REFUSAL_ON_POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
REFUSE_ON_POSTGRESQL = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    bind = op.get_bind()
    metadata.create_all(bind, checkfirst=False)
    is_sqlite = bind.dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(REFUSAL_ON_POSTGRESQL)
    refuse = REFUSE_ON_SQLITE if is_sqlite else REFUSE_ON_POSTGRESQL
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(refuse.format(table=table, verb=verb))


def downgrade() -> None:
    bind = op.get_bind()
    metadata.drop_all(bind)
    if bind.dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change()")

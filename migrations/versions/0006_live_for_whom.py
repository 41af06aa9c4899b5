"""Versions of sets that are live for some teams or from a day on, and what each member had.

All there was before came along with the program, and was for everybody at once.
"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

import bot.store.db.column_types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DARINGS = (1, 2, 3)


def upgrade() -> None:
    op.add_column(
        "set_versions", sa.Column("numbers", sa.JSON(), server_default="[]", nullable=False)
    )
    op.add_column(
        "challenges", sa.Column("number", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_name", sa.String(length=64), nullable=False),
        sa.Column("act", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", bot.store.db.column_types.Moment(timezone=True), nullable=False),
        sa.Column("published_at", bot.store.db.column_types.Moment(timezone=True), nullable=False),
        sa.Column("shipped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["teams.id"],
            name=op.f("fk_publications_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["set_versions.id"],
            name=op.f("fk_publications_version_id_set_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint(
            "set_name", "act", "team_id", name=op.f("uq_publications_set_name_act_team_id")
        ),
    )
    op.create_index(op.f("ix_publications_version_id"), "publications", ["version_id"])
    op.create_index(op.f("ix_publications_team_id"), "publications", ["team_id"])
    op.create_table(
        "drafts",
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("act", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("at", bot.store.db.column_types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_drafts_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_at"), "drafts", ["at"])
    op.create_table(
        "courses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("started_at", bot.store.db.column_types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_courses_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_courses_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("member_id", name=op.f("uq_courses_member_id")),
        sa.UniqueConstraint("team_id", name=op.f("uq_courses_team_id")),
    )
    op.create_index(op.f("ix_courses_starts_on"), "courses", ["starts_on"])
    op.create_table(
        "pasts",
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("laps", sa.Text(), nullable=False),
        sa.Column("last_theme", sa.String(length=64), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_pasts_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_pasts")),
    )
    _number()
    _publish()
    op.create_index(
        "ix_challenges_version_id_number", "challenges", ["version_id", "number"], unique=True
    )
    op.create_index("ix_challenges_set_name_slug", "challenges", ["set_name", "slug"])
    counted = sa.text("answer IN ('done', 'tried')")
    op.create_index(
        "ix_nudges_counted",
        "nudges",
        ["member_id"],
        sqlite_where=counted,
        postgresql_where=counted,
    )


def _number() -> None:
    """Gives each challenge a number that is the same in all versions of its set."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, version_id, set_name, slug, daring FROM challenges ORDER BY id")
    ).all()
    known: dict[tuple[str, str], int] = {}
    bits: dict[int, dict[int, int]] = defaultdict(lambda: dict.fromkeys(DARINGS, 0))
    for row in rows:
        number = known.setdefault((row.set_name, row.slug), len(known))
        bits[row.version_id][row.daring] |= 1 << number
    if not rows:
        return
    connection.execute(
        sa.text("UPDATE challenges SET number = :number WHERE id = :id"),
        [{"id": row.id, "number": known[row.set_name, row.slug]} for row in rows],
    )
    versions = sa.table("set_versions", sa.column("id"), sa.column("numbers", sa.JSON()))
    for version, by_daring in bits.items():
        connection.execute(
            versions.update()
            .where(versions.c.id == version)
            .values(numbers=[f"{by_daring[daring]:x}" for daring in DARINGS])
        )


def _publish() -> None:
    op.execute(
        "INSERT INTO publications (set_name, act, version_id, starts_at, published_at, shipped)"
        " SELECT name, number, id, published_at, published_at, true FROM set_versions ORDER BY id"
    )


def downgrade() -> None:
    op.drop_index("ix_nudges_counted", "nudges")
    op.drop_index("ix_challenges_set_name_slug", "challenges")
    op.drop_index("ix_challenges_version_id_number", "challenges")
    op.drop_table("pasts")
    op.drop_table("courses")
    op.drop_table("drafts")
    op.drop_table("publications")
    op.drop_column("challenges", "number")
    op.drop_column("set_versions", "numbers")

"""Codes that link two chats of one person, and the channel they chose."""

import sqlalchemy as sa
from alembic import op

import bot.store.db.column_types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_codes",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", bot.store.db.column_types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_link_codes_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_link_codes_digest")),
    )
    op.add_column("members", sa.Column("nudge_channel", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("members", "nudge_channel")
    op.drop_table("link_codes")

"""A later migration than the program has, for tests of upgrades."""

import shutil
from pathlib import Path

from bot.resources import resource_folder

INITIAL = "0001_initial_schema"
LATER = "0002_nicknames"
SECOND = "0003_petnames"
_LATER_MIGRATION = f'''
import sqlalchemy as sa
from alembic import op

revision = "{LATER}"
down_revision = "{INITIAL}"


def upgrade():
    op.add_column("members", sa.Column("nickname", sa.String(20)))
    op.create_table("nicknames", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("nicknames")
    op.drop_column("members", "nickname")
'''


def with_later_migration(folder: Path) -> Path:
    """Returns a copy of the program's migrations in `folder`, with one more."""
    copy = folder / "migrations"
    shutil.copytree(resource_folder("migrations"), copy)
    (copy / "versions" / f"{LATER}.py").write_text(_LATER_MIGRATION)
    return copy


def with_second_later_migration(folder: Path) -> Path:
    """Returns a copy of the program's migrations in `folder`, with two more."""
    copy = with_later_migration(folder)
    second = (
        _LATER_MIGRATION.replace(f'down_revision = "{INITIAL}"', f'down_revision = "{LATER}"')
        .replace(f'\nrevision = "{LATER}"', f'\nrevision = "{SECOND}"')
        .replace('"nicknames"', '"petnames"')
        .replace('"nickname"', '"petname"')
    )
    (copy / "versions" / f"{SECOND}.py").write_text(second)
    return copy

"""Encrypted backups: made, opened, expired, and what goes wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.store.admin.encrypted_backups import BackupFolder, make_identity
from bot.store.db.engine import Database

AT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """The file of a private key."""
    file = tmp_path / "backup-key.txt"
    make_identity(file)
    return file


@pytest.fixture
def folder(database: Database, identity: Path, tmp_path: Path) -> BackupFolder:
    """Where the backups of the database go."""
    place = tmp_path / "backups"
    place.mkdir()
    recipient = identity.read_text().split()[3]
    urls = database.engine.url, database.keys_url
    return BackupFolder(place, recipient, tmp_path, *map(make_url, urls))

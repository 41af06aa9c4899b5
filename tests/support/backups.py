"""Encrypted backups in a folder."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from bot.store.admin.backup_storage import FolderStorage
from bot.store.admin.encrypted_backups import BackupKind, Backups
from bot.store.keys.key_tables import KEY_STORE


def in_folder(place: Path, public: str, work: Path, data: URL, keys: URL) -> Backups:
    """Backups in a folder, and those of the keys in one below it."""
    storages = {
        BackupKind.DATA: FolderStorage(place),
        BackupKind.KEYS: FolderStorage(place / "keys", made_in=place),
    }
    return Backups(storages, public, work, data, keys)


def small_files(folder: Path) -> list[URL]:
    """Makes a database and a key store with hardly anything in them, and returns where they are."""
    urls = []
    for table in ("alembic_version", KEY_STORE.name):
        file = folder / f"{table}.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (a)")
        urls.append(make_url(f"sqlite+aiosqlite:///{file}"))
    return urls


def of_small_files(place: Path, public: str, work: Path) -> Backups:
    """Backups of two files with hardly anything in them: a year of them takes seconds."""
    return in_folder(place, public, work, *small_files(work))


def recipient(identity: Path) -> str:
    """The public key in the file of a private key."""
    return identity.read_text().split()[1]

"""Encrypted backups in a folder."""

from pathlib import Path

from sqlalchemy.engine import URL

from bot.store.admin.backup_storage import FolderStorage
from bot.store.admin.encrypted_backups import BackupKind, Backups


def in_folder(place: Path, public: str, work: Path, data: URL, keys: URL) -> Backups:
    """Backups in a folder, and those of the keys in one below it."""
    storages = {
        BackupKind.DATA: FolderStorage(place),
        BackupKind.KEYS: FolderStorage(place / "keys", made_in=place),
    }
    return Backups(storages, public, work, data, keys)


def recipient(identity: Path) -> str:
    """The public key in the file of a private key."""
    return identity.read_text().split()[1]

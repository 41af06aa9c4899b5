"""Backups that are encrypted to a public key of the operator, in a folder or a bucket of theirs.

They are in the format of age, which `age` and `rage` open as well: https://age-encryption.org/v1
"""

import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy.engine import URL

from bot.core.privacy.backups import kept_data, kept_keys
from bot.languages.sentences import Sentence, Text
from bot.store.admin import server_programs
from bot.store.admin.backup import Keys, back_up
from bot.store.admin.backup_storage import BackupStorage, sweep
from bot.store.db.engine import sqlite_file
from bot.store.db.errors import OperationRefused
from bot.store.keys.key_store import BACKUP_DAYS
from bot.store.keys.key_tables import KEY_STORE

NAME = re.compile(r"olievlek-(data|keys)-(\d{8}T\d{6}Z)\.age")
TRIAL = re.compile(r"olievlek-trial-(\d{8}T\d{6}Z)\.txt")
STAMP = "%Y%m%dT%H%M%SZ"
WORK = ".olievlek-backup-"
TROUBLES = (OperationRefused, OSError, sqlite3.Error)


class BackupKind(StrEnum):
    """What is in a backup."""

    DATA = "data"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """One backup that is kept.

    Attributes:
        kind: what is in it.
        made_at: the moment of it.
        name: of its file.
        place: where it is: a path, or an address.
        size: in bytes.
    """

    kind: BackupKind
    made_at: datetime
    name: str
    place: str
    size: int


@dataclass(frozen=True, slots=True)
class Backups:
    """The encrypted backups that are made and kept.

    Attributes:
        storages: where those of each kind are; those of the keys are best on another machine.
        recipient: the public key to which they are encrypted.
        work: the folder for what is not encrypted yet: that of the data.
        data: the database.
        keys: the key store.
    """

    storages: Mapping[BackupKind, BackupStorage]
    recipient: str
    work: Path
    data: URL
    keys: URL

    @property
    def is_remote(self) -> bool:
        """Whether any of them are asked for over a network."""
        return any(storage.is_remote for storage in self.storages.values())

    def make(self, kind: BackupKind, at: datetime) -> StoredBackup:
        """Makes, checks and encrypts a backup; after a crash there is all of it or nothing.

        Raises:
            OperationRefused: there is no place or no program for it, or the copy is not sound.
            OSError: something cannot be written.
            sqlite3.Error: the database cannot be read.
        """
        from bot.store.admin.encrypted_files import encrypt_file  # here: it is for once a night

        storage = self.storages[kind]
        if not storage.is_remote and (trouble := storage.trouble()) is not None:
            raise OperationRefused(trouble)
        if (program := self.missing_program()) is not None:
            raise OperationRefused(Sentence("check.no_program", program=program))
        name = f"olievlek-{kind}-{at.astimezone(UTC):{STAMP}}.age"
        # In the folder of the backups nothing is ever in plain text.
        with tempfile.TemporaryDirectory(prefix=WORK, dir=self.work) as work:
            plain = Path(work) / kind
            self._copy(kind, plain)

            def encrypt(to: Path) -> None:
                encrypt_file(plain, to, self.recipient)

            size = storage.add(name, encrypt, Path(work))
        return StoredBackup(kind, at.replace(microsecond=0), name, storage.place_of(name), size)

    def _copy(self, kind: BackupKind, to: Path) -> None:
        url = self.data if kind is BackupKind.DATA else self.keys
        file = sqlite_file(url)
        if file is None:
            apart = Keys.LEFT_OUT if self.keys == self.data else Keys.ELSEWHERE
            server_programs.dump(url, to, Keys.ALONE if kind is BackupKind.KEYS else apart)
        elif kind is BackupKind.DATA:
            back_up(file, to)
        else:
            back_up(file, to, table=KEY_STORE.name)

    def trouble(self) -> Text | None:
        """Returns why none can be made or read; None: they can."""
        found = (storage.trouble() for storage in self.storages.values())
        return next((trouble for trouble in found if trouble is not None), None)

    def missing_program(self) -> str | None:
        """Returns a program of PostgreSQL that is needed and not there; None: none is."""
        on_server = any(sqlite_file(url) is None for url in (self.data, self.keys))
        return server_programs.missing_program() if on_server else None

    def stored(self) -> list[StoredBackup]:
        """Returns the backups that are there, the newest first."""
        found = [each for kind in BackupKind for each in self._stored(kind)]
        return sorted(found, key=lambda each: each.made_at, reverse=True)

    def _stored(self, kind: BackupKind) -> Iterator[StoredBackup]:
        storage = self.storages[kind]
        for name, size in storage.names():
            found = NAME.fullmatch(name)
            if found and found[1] == kind:
                made_at = datetime.strptime(found[2], STAMP).replace(tzinfo=UTC)
                yield StoredBackup(kind, made_at, name, storage.place_of(name), size)

    def newest(self, kind: BackupKind) -> StoredBackup | None:
        """Returns the newest backup of this kind; None: there is none."""
        return max(self._stored(kind), key=lambda each: each.made_at, default=None)

    def made_at(self, kind: BackupKind, now: datetime) -> datetime | None:
        """Returns when the newest backup of this kind was made; None: there is none.

        One from after `now` does not count: the clock was wrong then, and would keep others from
        being made until that moment.
        """
        moments = (each.made_at for each in self._stored(kind))
        return max((at for at in moments if at <= now), default=None)

    def expire(self, now: datetime) -> int:
        """Deletes the backups that are not kept, and what a crash left; returns how many went.

        Raises:
            OperationRefused: the place cannot be used.
            OSError: one cannot be deleted.
        """
        stored = self.stored()
        data = kept_data([each.made_at for each in stored if each.kind is BackupKind.DATA])
        moments = [each.made_at for each in stored if each.kind is BackupKind.KEYS]
        keys = kept_keys(moments, now, timedelta(days=BACKUP_DAYS))
        gone = [
            each
            for each in stored
            if each.made_at not in (data if each.kind is BackupKind.DATA else keys)
        ]
        for each in gone:
            self.storages[each.kind].remove(each.name)
        for storage in self.storages.values():
            storage.sweep(now)
        sweep(self.work, f"{WORK}*", now)
        return len(gone)

    # -- trials

    def note_trial(self, at: datetime) -> None:
        """Notes beside the backups that one was restored for a trial, so that the bot knows.

        Raises:
            OperationRefused: the place cannot be used.
            OSError: it cannot be written.
        """
        storage = self.storages[BackupKind.DATA]
        earlier = [name for name, _ in storage.names() if TRIAL.fullmatch(name)]
        name = f"olievlek-trial-{at.astimezone(UTC):{STAMP}}.txt"
        with tempfile.TemporaryDirectory(prefix=WORK) as work:
            storage.add(name, lambda to: _fill(to, b"restored\n"), Path(work))
        for each in earlier:
            if each != name:
                storage.remove(each)

    def tried_at(self) -> datetime | None:
        """Returns when one was last restored for a trial; None: never, as far as is known."""
        names = (name for name, _ in self.storages[BackupKind.DATA].names())
        found = (TRIAL.fullmatch(name) for name in names)
        stamps = [datetime.strptime(each[1], STAMP).replace(tzinfo=UTC) for each in found if each]
        return max(stamps, default=None)


def _fill(file: Path, content: bytes) -> None:
    file.write_bytes(content)

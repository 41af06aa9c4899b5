"""Where encrypted backups are kept: a folder, or a bucket (see `s3_storage.py`)."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.languages.sentences import Sentence, Text
from bot.store.admin.backup import draft_beside, replace_atomically
from bot.store.db.errors import OperationRefused

ABANDONED = timedelta(days=1)  # what a crash left; nothing takes that long


class BackupStorage(Protocol):
    """A place with files of one kind; all of it or nothing of a file is there after a crash.

    Each method may raise OperationRefused or OSError: the place cannot be used.
    """

    @property
    def is_remote(self) -> bool:
        """Whether it is asked over a network, so not often and never where others wait."""
        ...

    def trouble(self) -> Text | None:
        """Returns why nothing can be kept there; None: it can."""
        ...

    def add(self, name: str, write: Callable[[Path], None], work: Path) -> int:
        """Adds a file that `write` writes at the path that it gets; returns its size in bytes.

        Args:
            name: what the file is called; one of this name is replaced.
            write: writes it.
            work: a folder for what is not finished.
        """
        ...

    def names(self) -> Iterator[tuple[str, int]]:
        """Yields the names and the sizes in bytes of the files that are there."""
        ...

    def place_of(self, name: str) -> str:
        """Returns where a file is, for people."""
        ...

    def fetch(self, name: str, work: Path) -> Path:
        """Returns a file as a local one, in the folder `work` if it has to be brought."""
        ...

    def remove(self, name: str) -> None:
        """Deletes a file, if it is there."""
        ...

    def sweep(self, now: datetime) -> None:
        """Deletes what a crash left."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """A folder.

    Attributes:
        folder: the folder.
        made_in: the folder in which it is made if it is not there; None: somebody else makes it.
    """

    folder: Path
    made_in: Path | None = None

    @property
    def is_remote(self) -> bool:
        """Never."""
        return False

    def trouble(self) -> Text | None:
        """Returns that the folder has to be there and is not; None: it is, or can be made."""
        needed = self.folder if self.made_in is None else self.made_in
        return None if needed.is_dir() else Sentence("refused.backup_folder", folder=needed)

    def add(self, name: str, write: Callable[[Path], None], work: Path) -> int:
        """Adds a file; nothing that is not finished has its name."""
        if self.made_in is not None and self.made_in.is_dir():
            self.folder.mkdir(mode=0o700, exist_ok=True)
        if not self.folder.is_dir():
            raise OperationRefused(Sentence("refused.backup_folder", folder=self.folder))
        target = self.folder / name
        with draft_beside(target) as draft:
            write(draft)
            size = draft.stat().st_size
            replace_atomically(draft, target)
        return size

    def names(self) -> Iterator[tuple[str, int]]:
        """Yields what is in the folder."""
        for file in self.folder.glob("olievlek-*"):
            yield file.name, file.stat().st_size

    def place_of(self, name: str) -> str:
        """Returns the path."""
        return str(self.folder / name)

    def fetch(self, name: str, work: Path) -> Path:
        """Returns the file itself."""
        return self.folder / name

    def remove(self, name: str) -> None:
        """Deletes a file, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def sweep(self, now: datetime) -> None:
        """Deletes drafts that nobody works on any more."""
        sweep(self.folder, ".olievlek-*.part", now)


def sweep(folder: Path, pattern: str, now: datetime) -> None:
    """Deletes what a crash left in a folder: files and folders that match and are a day old."""
    for left in folder.glob(pattern):
        if now.timestamp() - left.lstat().st_mtime > ABANDONED.total_seconds():
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)

"""Files that only the owner of a private key can read.

They are in the format of age: https://age-encryption.org/v1
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage

from bot.languages.sentences import Sentence
from bot.store.admin.backup import draft_beside, replace_atomically
from bot.store.db.errors import OperationRefused

SYSTEM_ERROR = re.compile(r"\(os\s+error\s+(\d+)\)")  # how the library says it, without an errno


def encrypt_file(plain: Path, to: Path, recipient: str) -> None:
    """Writes an encrypted copy of a file.

    Args:
        plain: the file.
        to: where the copy goes.
        recipient: the public key of whoever may read it.

    Raises:
        OSError: a file cannot be read or written.
    """
    keys = [pyrage.x25519.Recipient.from_str(recipient)]
    with _system_errors(to):
        pyrage.encrypt_file(str(plain), str(to), keys)


def open_backup(file: Path, identity: Path, to: Path) -> int:
    """Decrypts a backup to a file for its owner only; returns its size in bytes.

    Args:
        file: the backup.
        identity: a file with the private key, as `age-keygen` writes it.
        to: where the plain copy goes; it must not exist.

    Raises:
        OperationRefused: there is no private key in that file, or not the one of this backup.
        OSError: a file cannot be read or written.
    """
    if to.exists():
        raise OperationRefused(Sentence("refused.backup_exists", file=to))
    if to.is_dir() or not to.parent.is_dir():
        raise OperationRefused(Sentence("refused.no_folder", file=to))
    if not file.is_file():
        raise OperationRefused(Sentence("refused.no_file", file=file))
    identities = _identities(identity)
    with draft_beside(to) as draft:
        try:
            with _system_errors(file):
                pyrage.decrypt_file(str(file), str(draft), identities)
        except pyrage.DecryptError as error:
            raise OperationRefused(
                Sentence("refused.backup_closed", file=file, identity=identity)
            ) from error
        size = draft.stat().st_size
        replace_atomically(draft, to)
    return size


@contextmanager
def _system_errors(file: Path) -> Iterator[None]:
    """Turns what the library says of a file that cannot be read or written into an `OSError`.

    Raises:
        OperationRefused: the file is no backup, or not all of it.
    """
    try:
        yield
    except (pyrage.EncryptError, OSError) as error:
        found = SYSTEM_ERROR.search(str(error))
        if found is None:  # such as one that was cut off
            reason = Sentence("refused.backup_damaged_file", file=file, trouble=str(error))
            raise OperationRefused(reason) from error
        number = int(found[1])
        raise OSError(number, os.strerror(number), str(file)) from error


def _identities(file: Path) -> list[pyrage.x25519.Identity]:
    try:
        lines = file.read_text().split()
        found = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
        identities = [pyrage.x25519.Identity.from_str(line) for line in found]
    except FileNotFoundError as error:
        raise OperationRefused(Sentence("refused.no_file", file=file)) from error
    except (UnicodeDecodeError, pyrage.IdentityError):
        identities = []
    if not identities:
        raise OperationRefused(Sentence("refused.no_identity", file=file))
    return identities


def make_identity(file: Path) -> str:
    """Writes a new private key to a new file for its owner only; returns its public key.

    Raises:
        FileExistsError: there is a file already.
        OSError: it cannot be written.
    """
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(f"# {public}\n{identity}\n")
        written.flush()
        os.fsync(written.fileno())
    return public

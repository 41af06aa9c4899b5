"""The file with the master key, for its owner alone."""

import os
from pathlib import Path

from bot.environment import variable_name
from bot.store.admin.backup import draft_beside, replace_atomically

NAME = f"{variable_name('secret_key')}="
OWNER_ONLY = 0o600


def read_key_file(file: Path) -> str:
    """Returns the key in a file; a line as `olievlek keys new` prints it is good as well.

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it is no text.
    """
    return file.read_text().strip().removeprefix(NAME)


def make_key_file(file: Path, secret_key: str) -> None:
    """Writes a key to a new file.

    Raises:
        FileExistsError: there is a file of that name: the key in it may be in use.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as target:
        target.write(f"{secret_key}\n")


def replace_key_file(file: Path, secret_key: str) -> None:
    """Replaces the key in a file; after a crash it holds the old one or the new one."""
    target = file.resolve()  # a link stays a link
    with draft_beside(target) as draft:  # which nobody else can read
        draft.write_text(f"{secret_key}\n")
        replace_atomically(draft, target)


def is_open_to_others(file: Path) -> bool:
    """Returns whether anybody but the owner may read or write a file; False: it is not there."""
    try:
        return bool(file.stat().st_mode & 0o077)
    except OSError:
        return False

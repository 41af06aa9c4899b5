"""The file with the master key, for its owner alone."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from bot.config.environment import variable_name
from bot.store.admin.backup import draft_beside, open_sqlite, replace_atomically
from bot.store.keys.key_tables import DATA_KEYS

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


def fingerprint_in(store: Path | None) -> str | None:
    """Returns the fingerprint of the master key that a key store on SQLite was made with.

    None: there is no such file, or no key in it.
    """
    if store is None or not store.is_file():
        return None
    query = select(DATA_KEYS.c.master).limit(1)
    try:
        with closing(open_sqlite(store)) as connection:
            row = connection.execute(str(query.compile(compile_kwargs={"literal_binds": True})))
            found = row.fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else str(found[0])


def is_open_to_others(file: Path) -> bool:
    """Returns whether anybody but the owner may read or write a file; False: it is not there."""
    try:
        return bool(file.stat().st_mode & 0o077)
    except OSError:
        return False

"""Backups on PostgreSQL: `pg_dump` and `pg_restore` run for the operator, where they are.

The password goes along in the environment, where no list of processes shows it.
"""

import errno
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.languages.sentences import Sentence
from bot.masking import mask
from bot.store.admin.backup import (
    Keys,
    draft_beside,
    dump_command,
    list_command,
    replace_atomically,
    restore_command,
)
from bot.store.db.errors import OperationRefused
from bot.store.db.outage import UNUSABLE_PLACE

# How libpq calls what a URL for asyncpg says.
SSL_VARIABLE = "PGSSLMODE"
# What the programs say is read by `_cause`.
IN_ENGLISH = {"LC_ALL": "C"}
SERVER_AWAY = re.compile(r"connection\sto\sserver")
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'olievlek' AND pid <> pg_backend_pid()"
)


def dump(url: URL, to: Path, keys: Keys, *, overwrite: bool = False) -> int:
    """Backs up a PostgreSQL database to a file for its owner only, with `pg_dump`.

    It is written and read back under another name beside `to` and renamed at the end: after a
    crash before that, `to` is as it was.

    Args:
        url: the database.
        to: where the backup goes.
        keys: whether the tables of the key store are there, and are backed up.
        overwrite: whether it may replace an existing file.

    Returns:
        The size of the backup in bytes.

    Raises:
        OperationRefused: `pg_dump` is not there or does not succeed, or there is no place for it.
    """
    if to.is_dir() or not to.parent.is_dir():
        raise OperationRefused(Sentence("refused.no_folder", file=to))
    if to.exists() and not overwrite:
        raise OperationRefused(Sentence("refused.exists", file=to))
    with draft_beside(to) as draft:
        _run(url, dump_command(url, draft, keys), dump_command(url, to, keys))
        _run(url, list_command(draft), list_command(to))
        size = draft.stat().st_size
        replace_atomically(draft, to)
    return size


def missing_program() -> str | None:
    """Returns a program that backups need and that is not on the path; None: all are."""
    return next((each for each in ("pg_dump", "pg_restore") if not shutil.which(each)), None)


def check_dump(url: URL, file: Path) -> None:
    """Checks that `pg_restore` is there and can read a backup.

    Raises:
        OperationRefused: one of the two is not so.
    """
    if not file.is_file():
        raise OperationRefused(Sentence("refused.no_file", file=file))
    _run(url, list_command(file), restore_command(url, file))


def restore_dump(url: URL, file: Path) -> None:
    """Replaces what is in a database by a backup, in one transaction, with `pg_restore`.

    Raises:
        OperationRefused: it does not succeed; then nothing is changed.
    """
    command = restore_command(url, file)
    _run(url, command, command)


async def check_nobody_else(connection: AsyncConnection) -> None:
    """Checks that no other olievlek uses the database.

    Raises:
        OperationRefused: one does.
    """
    if await connection.scalar(text(OTHERS)):
        raise OperationRefused(Sentence("refused.server_in_use"))


def _run(url: URL, command: str, shown: str) -> None:
    """Runs one of PostgreSQL's programs.

    Args:
        url: has the password.
        command: what is run.
        shown: what an operator can run elsewhere if the program is not there.

    Raises:
        OperationRefused: it is not there, or does not succeed.
    """
    program, *arguments = shlex.split(command)
    found = shutil.which(program)
    if found is None:
        raise OperationRefused(Sentence("refused.no_program", program=program, command=shown))
    done = subprocess.run(  # noqa: S603 - one of PostgreSQL's programs
        [found, *arguments],
        env={**os.environ, **IN_ENGLISH, **connection_environment(url)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        ended_by = signal.strsignal(-done.returncode) if done.returncode < 0 else ""
        trouble = mask(" ".join(done.stderr.split())) or ended_by or ""
        refused = OperationRefused(Sentence("refused.program", program=program, trouble=trouble))
        raise refused from _cause(trouble)


def _cause(trouble: str) -> OSError | None:
    """Returns what the operating system said, in the words of one of PostgreSQL's programs."""
    if SERVER_AWAY.search(trouble):
        return ConnectionError()
    if trouble == signal.strsignal(signal.SIGXFSZ):
        return OSError(errno.EFBIG, trouble)
    numbers = (number for number in UNUSABLE_PLACE if os.strerror(number) in trouble)
    return next((OSError(number, os.strerror(number)) for number in numbers), None)


def connection_environment(url: URL) -> Mapping[str, str]:
    """Returns the variables of libpq for what must not or cannot be an argument."""
    variables: dict[str, str] = {}
    password = url.password or url.query.get("password")
    if password:
        variables["PGPASSWORD"] = str(password)
    if ssl := url.query.get("ssl"):
        variables[SSL_VARIABLE] = str(ssl)
    return variables

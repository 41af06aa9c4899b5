"""A disk that is full or may not be written: each command says so in a line, and exits with 3."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, EIO, ENOENT, ENOSPC, EROFS
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bot.cli.shared.common import exit_code_for
from bot.cli.shared.output import error_line
from bot.languages.sentences import Sentence
from bot.store.admin import backup, server_programs
from bot.store.db.errors import OperationRefused
from tests.support.command_line import olievlek
from tests.support.postgresql import PROGRAMS
from tests.system.demo_database import EXPORT, STORY, chats

SMALL = 2_000  # bytes: none of what is written below fits


@contextmanager
def full_disk(size: int = SMALL) -> Iterator[None]:
    """Lets no file of this process grow beyond a few bytes until the end of the block."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The settings of a database with a diary, and of encrypted backups."""
    settings = chats(tmp_path, STORY)
    (tmp_path / "backups").mkdir()
    name, _, public = (
        olievlek(settings, tmp_path, "backup", "key", "key.txt")[1].strip().partition("=")
    )
    settings |= {name: public, "OLIEVLEK_BACKUP_DIR": str(tmp_path / "backups")}
    assert olievlek(settings, tmp_path, "backup", "now")[0] == 0
    assert olievlek(settings, tmp_path, "db", "backup", "plain.db")[0] == 0
    return settings


def test_each_command_on_a_full_disk_exits_with_three(env: dict[str, str], tmp_path: Path) -> None:
    [encrypted] = (tmp_path / "backups").glob("olievlek-data-*")
    before = sorted(tmp_path.rglob("*"))
    commands: list[tuple[str, ...]] = [
        ("keys", "rotate"),
        ("keys", "backup", "keys.db"),
        ("db", "backup", "copy.db"),
        ("db", "restore", "plain.db", "--yes"),
        ("backup", "now"),
        ("backup", "open", str(encrypted), "opened.db", "--identity", "key.txt"),
        ("team", "create", "Griffie"),
        ("sets", "template", "--xlsx", "set.xlsx"),
        EXPORT,
    ]
    for words in commands:
        with full_disk():
            code, _, err = olievlek(env, tmp_path, *words)
        assert code == 3 and err.strip(), (words, err)
        assert "Traceback" not in err and "Errno" not in err and "identity" not in err, (words, err)
    with full_disk(40_000):  # there is room for what readers share, and for nothing else
        code, out, _ = olievlek(env, tmp_path, "check")
    assert code == 1 and "\nwriting: nothing can be written (" in out, out
    assert "nothing can be sent" not in out  # what is logged is not among its lines
    left = {each for each in tmp_path.rglob("*") if each not in before and each.suffix != ".lock"}
    assert {each.name for each in left} <= {"demo.db-wal", "demo.db-shm", "set.xlsx"}
    assert olievlek(env, tmp_path, *EXPORT)[0] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_does_not_fit_is_no_success(env: dict[str, str], tmp_path: Path) -> None:
    for words in (
        ("keys", "new"),
        ("keys", "push"),
        ("sets", "list"),
        ("sets", "schema"),
        ("check",),
    ):
        code, err = in_a_process(env, tmp_path, words)
        assert (code, err.count("\n")) == (3, 1) and "No space left" in err, (words, code, err)


def in_a_process(env: dict[str, str], folder: Path, words: tuple[str, ...]) -> tuple[int, str]:
    """Runs a command whose standard output is full; returns its code, and its errors."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=folder,
            env=env,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    return done.returncode, done.stderr


def test_what_may_pass_has_another_exit_code_than_what_will_not() -> None:
    def storage(name: str) -> sqlite3.OperationalError:
        error = sqlite3.OperationalError(name)
        error.sqlite_errorname = name
        return error

    class ServerError(Exception):
        def __init__(self, sqlstate: str) -> None:
            super().__init__(sqlstate)
            self.sqlstate = sqlstate

    for number in (ENOSPC, EDQUOT, EROFS, EACCES, EIO):
        assert exit_code_for(OSError(number, os.strerror(number))) == 3
        refused = OperationRefused(Sentence("refused.in_memory"))
        refused.__cause__ = OSError(number, os.strerror(number))
        assert exit_code_for(refused) == 3
    for name in (
        "SQLITE_FULL",
        "SQLITE_READONLY_DIRECTORY",
        "SQLITE_IOERR_WRITE",
        "SQLITE_CANTOPEN",
    ):
        assert exit_code_for(storage(name)) == 3
        assert exit_code_for(OperationalError("", {}, storage(name))) == 3
    for code in ("53100", "25006", "58030", "57P01", "08006"):
        assert exit_code_for(OperationalError("", {}, ServerError(code))) == 3
    others = (
        OSError(ENOENT, "no such file"),
        OperationRefused(Sentence("refused.in_memory")),
        storage("SQLITE_CORRUPT"),
        OperationalError("", {}, ServerError("42P01")),
    )
    assert {exit_code_for(other) for other in others} == {1}


def test_a_dump_that_does_not_fit_or_whose_server_is_away_exits_with_three(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    url = make_url(postgresql_url)
    with full_disk(100), pytest.raises(OperationRefused) as full:
        server_programs.dump(url, tmp_path / "a.dump", backup.Keys.ELSEWHERE)
    away = url.set(host="127.0.0.1", port=9, query={})
    with pytest.raises(OperationRefused) as gone:
        server_programs.dump(away, tmp_path / "a.dump", backup.Keys.ELSEWHERE)
    other = url.set(username="nobody")
    with pytest.raises(OperationRefused) as wrong:
        server_programs.check_dump(other, Path(__file__))
    codes = [exit_code_for(each.value) for each in (full, gone, wrong)]
    assert codes == [3, 3, 1], [error_line(each.value) for each in (full, gone, wrong)]
    assert not [*tmp_path.iterdir()]

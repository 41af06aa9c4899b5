"""One bot on one SQLite file."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store.db.locks.single_instance import DatabaseInUse, single_instance

HOLDER = """
import sys
from pathlib import Path
from bot.store.db.locks.single_instance import single_instance
with single_instance(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_it_is_held_once_and_free_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    with single_instance(file):
        with pytest.raises(
            DatabaseInUse, match=r"a\.db is in use by another olievlek; stop that one"
        ):
            with single_instance(file):
                pass
        with single_instance(tmp_path / "b.db"):
            pass
    with single_instance(file):
        pass
    assert stat.S_IMODE((tmp_path / "a.db.lock").stat().st_mode) == 0o600


def test_a_process_that_is_killed_holds_it_no_longer(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(DatabaseInUse):
            with single_instance(file):
                pass
        other.kill()
        other.wait()
        with single_instance(file):
            pass


def test_what_is_no_file_needs_no_holding() -> None:
    with single_instance(None), single_instance(None):
        pass

"""The program as it was at an earlier commit, to measure beside it as it is now."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def checkout(commit: str) -> Iterator[list[Path]]:
    """Yields a folder with all files of that commit, to be run with today's libraries.

    Without that commit, as in a clone without a history, there is none, and the lines about it are
    left out.
    """
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit]
    try:
        packed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError):
        print(f"{commit} is not in this clone, so nothing is measured against it", file=sys.stderr)
        yield []
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "-x", "-C", folder], check=True, input=packed)
        yield [Path(folder)]

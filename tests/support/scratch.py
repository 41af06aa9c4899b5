"""Where a test run keeps what it throws away."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2**30  # a whole run holds much less at once


def use_memory() -> None:
    """Has this process, and those that it starts, keep temporary files in memory if there is room.

    A copy of a database on PostgreSQL is some hundreds of files, and takes a disk several times as
    long. Does nothing if TMPDIR says where they are to go.
    """
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it is looked up again


def _has_room(folder: Path) -> bool:
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < ENOUGH_BYTES:
        return False
    # What is kept there takes memory, of which there may be less than the folder may hold.
    lines = Path("/proc/meminfo").read_text().splitlines()
    [available] = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(available) * 1024 >= ENOUGH_BYTES

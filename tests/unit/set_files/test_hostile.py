"""Files that were made to harm: refused soon, in little memory, in lines that anybody can read."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.set_files.reader import read_bytes, read_set
from bot.set_files.validation import MAX_FAULTS, SetFaults
from tests.support.paths import PROJECT
from tests.unit.set_files import hostile

SECONDS, MEGABYTES = 2.0, 200
HARMLESS = {"many styles.xlsx"}  # the texts in it are a good set
# In a process of its own, whose memory is that of nothing else.
CHILD = """\
import json, re, sys, time
from pathlib import Path
from bot.set_files.validation import SetFaults
from bot.set_files.reader import read_set
from bot.conversation.render.set_faults import fault_lines
from bot.conversation.words import Words

for file in sorted(Path(sys.argv[1]).iterdir()):
    # The processor's time for it: how long others keep it from running says nothing of a file.
    start, told = time.process_time(), []
    try:
        read_set(file)
    except SetFaults as error:
        told = [fault_lines("set", error, Words(language)) for language in ("nl", "en")]
    seconds = time.process_time() - start
    # Of this program alone; what getrusage() tells begins at the peak of whoever started it.
    peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    megabytes = int(peak[1]) / 1024
    print(json.dumps({"file": file.name, "s": seconds, "mb": megabytes, "told": told}))
"""


@pytest.fixture(scope="session")  # tests of other modules may come between the two
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What reading each of the files took, and what was said of it."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, content in hostile.files():
        (folder / name).write_bytes(content)
    child = [sys.executable, "-W", "error", "-c", CHILD, str(folder)]
    done = subprocess.run(child, cwd=PROJECT, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.xdist_group("hostile")  # both look at what one process did
def test_each_is_refused_in_time_and_in_little_memory(told: list[dict[str, Any]]) -> None:
    assert len(told) > 100
    slow = [one for one in told if one["s"] > SECONDS]
    large = [one for one in told if one["mb"] > MEGABYTES]
    assert not slow and not large
    assert {one["file"] for one in told if not one["told"]} == HARMLESS


@pytest.mark.slow
@pytest.mark.xdist_group("hostile")  # both look at what one process did
def test_each_is_told_in_lines_that_fit_a_screen(told: list[dict[str, Any]]) -> None:
    for one in told:
        if one["file"] in HARMLESS:
            continue
        dutch, english = one["told"]
        assert dutch != english and len(dutch) == len(english) <= MAX_FAULTS + 1
        for line in (*dutch, *english):
            assert line.startswith("set:") and line.isprintable() and len(line) < 330, one["file"]


@pytest.mark.parametrize("name", hostile.GOOD)
def test_the_example_itself_is_good(name: str) -> None:
    assert len(read_bytes(name, hostile.GOOD[name]()).challenges) == 3


def test_a_device_or_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for file in (Path("/dev/zero"), tmp_path / "pipe.yaml", tmp_path / "a\0b"):
        with pytest.raises(SetFaults) as caught:
            read_set(file)
        assert [fault.kind for fault in caught.value.faults] == ["unreadable_file"]

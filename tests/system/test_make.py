"""What make does around the program: Ctrl-C, another Python, a checkout that was moved."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import PROJECT

STOPS_IN_ORDER = """
import signal, sys
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
print("running", flush=True)
signal.pause()
"""


def test_ctrl_c_of_what_make_runs_is_an_orderly_end(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(STOPS_IN_ORDER)
    foreground = PROJECT / "tools" / "foreground.py"
    line = f"'{sys.executable}' '{foreground}' '{sys.executable}' program.py"
    (tmp_path / "Makefile").write_text(f"run:\n\t@{line}\n")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execvp("make", ["make", "run"])
    shown = b""
    while b"running" not in shown:
        shown += os.read(terminal, 100)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0


def test_setting_up_says_what_is_wrong_and_begins_anew_where_it_has_to(tmp_path: Path) -> None:
    checkout = tmp_path / "it's a checkout"
    for name in ("Makefile", "pyproject.toml", "requirements/run.txt", "tools/olievlek.sh"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, checkout / name)
    (checkout / "requirements" / "run.txt").write_text("")  # nothing has to be fetched
    (checkout / "bot").mkdir()
    (checkout / "bot" / "__init__.py").touch()
    (checkout / "bot" / "__main__.py").write_text("print(__file__)")
    old = checkout / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    def run(*words: str) -> tuple[int, str, str]:
        done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    code, _, err = run("make", "PYTHON=./old-python", "run-ready")
    assert code == 2 and "Olievlek needs Python 3.11 or newer, and ./old-python is not" in err
    assert not (checkout / ".venv" / "bin").exists()
    ready = ("make", f"PYTHON={sys.executable}", "run-ready")
    assert run(*ready)[0] == 0
    program = ".venv/bin/olievlek"
    assert run(program) == (0, f"{checkout}/bot/__main__.py\n", "")
    os.utime(checkout / "requirements" / "run.txt", (4e9, 4e9))
    code, _, err = run(program)
    assert code == 2 and "what the program needs has changed; run make run-ready in" in err
    os.utime(checkout / "requirements" / "run.txt", (1, 1))
    checkout = checkout.rename(tmp_path / "moved")
    assert run(program) == (0, f"{checkout}/bot/__main__.py\n", "")
    (checkout / ".venv" / "bin" / "python").unlink()
    code, _, err = run(program)
    assert code == 2 and "is gone; run make run-ready in" in err

"""The files that a release offers, made as docs/releasing.md says."""

import subprocess
import sys
from pathlib import Path

from tests.support.paths import PROJECT
from tests.walk.pages import DOCS, commands

# What takes packages of its own, and what nobody needs who installs a release.
LEFT_OUT = ("git clone", "make sbom notices")
NOT_MADE = ("build/sbom.cdx.json", "build/NOTICES.txt")


def checkout(folder: Path) -> Path:
    """Clones the commit into a new folder, and returns it."""
    clone = ["git", "clone", "--quiet", "--no-hardlinks", f"file://{PROJECT}", str(folder)]
    subprocess.run(clone, check=True)
    return folder


def release(clone: Path) -> Path:
    """Builds a release in a clone, and returns the folder with its files."""
    lines = [each.line for each in commands(DOCS / "releasing.md", "Build")]
    kept = [line for line in lines if not line.startswith(LEFT_OUT)]
    assert len(kept) == len(lines) - len(LEFT_OUT), lines
    script = "\n".join(["set -e", *kept])
    for file in NOT_MADE:
        script = script.replace(f"{file} ", "")
    script = script.replace(".venv/bin/hatchling", f"{sys.executable} -m hatchling")
    subprocess.run(["bash", "-c", script], cwd=clone, check=True, stdout=subprocess.DEVNULL)
    return clone / "dist"

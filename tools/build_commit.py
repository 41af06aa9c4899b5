"""Puts the commit in what is built from a clone, so that `olievlek --version` names it.

Hatchling runs this for the wheel and for the source archive; what is built from the archive has the
file already: https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILE = "bot/commit.txt"
DIGITS = 9  # always as many: otherwise it depends on how much there is in a clone


class CommitHook(BuildHookInterface):  # type: ignore[type-arg]  # of any configuration
    """Adds a file with the commit; nothing where there is no clone or no git."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by Hatchling before it builds."""
        root = Path(self.root)
        if not (root / ".git").exists() or (root / FILE).exists():
            return
        command = ["git", "-C", str(root), "rev-parse", f"--short={DIGITS}", "HEAD"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            self._folder = tempfile.TemporaryDirectory()
            file = Path(self._folder.name) / "commit.txt"
            file.write_text(done.stdout)
            build_data["force_include"][str(file)] = FILE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by Hatchling when it has built."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()

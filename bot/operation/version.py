"""Which version this is, and of which commit where that is known."""

import asyncio
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.resources import PACKAGE

COMMIT_FILE = PACKAGE / "commit.txt"  # a build writes it; a checkout asks git
CHECKOUT = PACKAGE.parent
GIT_SECONDS = 5


def program_version() -> str:
    """Returns the version, as in `0.1.0`, and the commit where it is known: `0.1.0 (7a04c1f)`."""
    found = _commit()
    return f"{_number()} ({found})" if found else _number()


async def running_version() -> str:
    """Returns the version of this process, while other things go on: git takes some 30 ms."""
    return await asyncio.to_thread(program_version)


def _number() -> str:
    project = CHECKOUT / "pyproject.toml"
    if project.is_file():
        return str(tomllib.loads(project.read_text())["project"]["version"])
    try:
        return version("olievlek")
    except PackageNotFoundError:  # unpacked by hand
        return "unknown"


def _commit() -> str | None:
    if COMMIT_FILE.is_file():
        return COMMIT_FILE.read_text().strip() or None
    if not (CHECKOUT / ".git").exists():
        return None
    return _commit_of(CHECKOUT)


def _commit_of(checkout: Path) -> str | None:
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):  # no git, or a checkout of another user
        return None
    return done.stdout.strip() or None

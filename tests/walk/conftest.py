"""A bare Debian, the files of a release, and what reaches the package index from here."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.walk.machine import CERTIFICATES, Machine, cgroups
from tests.walk.release import checkout, release
from tests.walk.walk import WALKS

SUITE = "bookworm"  # Debian 12, the oldest that the page names
PROGRAMS = ("mmdebstrap", "unshare", "nsenter", "git")
# What pip on this machine needs, a machine on it needs as well.
TAKEN_OVER = ("index-url", "extra-index-url", "trusted-host", "timeout", "default-timeout")


@pytest.fixture(scope="session")
def walks() -> Path:
    """The folder of all this; skips where no such machine can be made, which in CI is a failure."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"this walk takes {', '.join(missing)}: install Debian's mmdebstrap and git")
    if os.geteuid() != 0:
        pytest.skip("this walk takes root, for it makes a Debian with users and mounts of its own")
    if cgroups() is None:
        pytest.skip("this walk takes a mounted cgroup2, for it starts systemd")
    WALKS.mkdir(parents=True, exist_ok=True)
    return WALKS


@pytest.fixture(scope="session")
def debian(walks: Path) -> Path:
    """The root file system of a bare Debian, with the packages that every installation has."""
    archive = walks / "debian.tar"
    if not archive.is_file():
        part = walks / "debian.part.tar"
        make = ["mmdebstrap", "--quiet", "--variant=important", "--include=dbus", SUITE, str(part)]
        subprocess.run(make, check=True, stdin=subprocess.DEVNULL)
        part.rename(archive)
    return archive


@pytest.fixture(scope="session")
def clone(walks: Path) -> Iterator[Path]:
    """A checkout of the release."""
    folder = walks / f"checkout-{os.getpid()}"
    yield checkout(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def files(clone: Path) -> list[Path]:
    """The files of the release."""
    return sorted(release(clone).iterdir())


@pytest.fixture(scope="session")
def variables() -> dict[str, str]:
    """What pip on a machine reads of how this one reaches the index; local folders stay here."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True
    )
    if told.returncode:  # uv makes a venv without pip
        told = subprocess.run(["pip", "config", "list"], capture_output=True, text=True)
    found = {"PIP_CERT": f"/etc/certificates-of-this-machine{CERTIFICATES.suffix}"}
    for line in told.stdout.splitlines():
        name, _, value = line.partition("=")
        option, value = name.rpartition(".")[2], value.strip("'\"")
        if option in TAKEN_OVER and "file:" not in value:
            found[f"PIP_{option.replace('-', '_').upper()}"] = value
    return found


@pytest.fixture
def machine(walks: Path, debian: Path, variables: dict[str, str]) -> Callable[[str], Machine]:
    """Makes a machine with a name."""
    return lambda name: Machine(debian, walks / "machines" / name, variables)

"""A machine with a bare Debian on it: systemd as its first process, in namespaces of its own."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Self

from tests.walk.terminal import Terminal

USER = "beheer"
DATA = "/srv/olievlek"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Its first process. It shares the network with this machine, and nothing else.
BOOT = """
set -e
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/$device"; done
if test -c /dev/fuse; then cp -a /dev/fuse "$root/dev/fuse"; fi
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
cd "$root"
pivot_root . .
umount -l .
mount --make-rshared /
exec /usr/bin/env -i container=walk PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --log-target=journal --show-status=0
"""
UNSHARE = (
    'echo $$ >"$1/cgroup.procs"; shift; exec setpriv --pdeathsig KILL '
    'unshare --mount --pid --cgroup --ipc --uts --fork --kill-child=SIGKILL sh -c "$@"'
)


def cgroups() -> Path | None:
    """Returns where this machine has its control groups (version 2)."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    return next((Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2"), None)


class Machine:
    """A bare Debian that runs until the end of the block.

    Args:
        base: the archive of the root file system.
        folder: where it is unpacked; deleted at the end.
        variables: what every terminal has in its environment.
    """

    def __init__(self, base: Path, folder: Path, variables: Mapping[str, str]) -> None:
        self._base, self.root, self._variables = base, folder, variables
        self._open = AsyncExitStack()
        self._terminals: list[Terminal] = []

    async def __aenter__(self) -> Self:
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        self._open.callback(shutil.rmtree, self.root, ignore_errors=True)
        subprocess.run(["tar", "-xpf", self._base, "-C", self.root], check=True)
        self._prepare()
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def _prepare(self) -> None:
        """Gives it names of hosts, an ordinary user, and what reaches the package index."""
        etc = self.root / "etc"
        for name in ("resolv.conf", "hosts"):
            shutil.copyfile(f"/etc/{name}", etc / name)
        (etc / "hostname").write_text("walk\n")
        shutil.copyfile(CERTIFICATES, etc / "certificates-of-this-machine.crt")
        lines = [f'{name}="{value}"\n' for name, value in self._variables.items()]
        (etc / "environment").write_text("".join(lines))
        add = ["useradd", "--create-home", "--shell", "/bin/bash", USER]
        subprocess.run(["chroot", self.root, *add], check=True)

    async def _start(self) -> None:
        mounted = cgroups()
        assert mounted is not None, "no cgroup2 is mounted"
        cgroup = mounted / f"walk-{os.getpid()}"
        cgroup.mkdir(exist_ok=True)
        self._open.push_async_callback(_remove, cgroup)
        self._process = await asyncio.create_subprocess_exec(
            *("sh", "-c", UNSHARE, "sh", str(cgroup), BOOT, "sh", str(self.root)),
            stdin=asyncio.subprocess.DEVNULL,
        )
        self._open.push_async_callback(self._stop)
        async with asyncio.timeout(60):
            while not self._is_up():
                assert self._process.returncode is None, "systemd did not start"
                await asyncio.sleep(0.5)

    def _is_up(self) -> bool:
        """Whether it started all that it has to start."""
        ask = ["systemctl", "is-system-running", "--quiet"]
        first = self._first()
        if not first:
            return False
        return subprocess.run([*_enter(first), *ask], stderr=subprocess.DEVNULL).returncode == 0

    def _first(self) -> str:
        """Returns the number of its first process here; empty: it has none yet."""
        own = self._process.pid
        return Path(f"/proc/{own}/task/{own}/children").read_text().strip()

    async def _stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        for terminal in self._terminals:
            await terminal.is_closed()

    async def terminal(self, user: str) -> Terminal:
        """Opens a terminal in which this user is logged in."""
        terminal = await Terminal.open(_enter(self._first()), user)
        self._terminals.append(terminal)
        return terminal

    def put(self, files: Iterable[Path], folder: str, owner: str = "root") -> None:
        """Copies files to a folder on it."""
        there = self.root / folder.lstrip("/")
        there.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, there)
        change = ["chown", "--recursive", f"{owner}:", folder]
        subprocess.run(["chroot", self.root, *change], check=True)

    def add(self, file: str, settings: Mapping[str, str]) -> None:
        """Adds settings to a file of it, as somebody with an editor does."""
        with (self.root / file.lstrip("/")).open("a") as lines:
            lines.writelines(f"{name}={value}\n" for name, value in settings.items())


def _enter(first: str) -> list[str]:
    """Returns the command that enters the machine with this first process."""
    spaces = ("--mount", "--pid", "--cgroup", "--ipc", "--uts", "--root", "--wd")
    return ["nsenter", "--target", first, *spaces]


async def _remove(cgroup: Path) -> None:
    """Ends what is left in a control group, and takes it away."""
    (cgroup / "cgroup.kill").write_text("1")
    async with asyncio.timeout(20):
        while cgroup.exists():
            for folder, _, _ in os.walk(cgroup, topdown=False):
                with suppress(OSError):  # what was killed takes a moment to be gone
                    Path(folder).rmdir()
            await asyncio.sleep(0.1)

"""The image: without rights, on a root file system that cannot be written, as any user.

There is no container engine here that may start one, so the test makes the same by hand: namespaces
of its own, the image as a read-only root, a folder as its volume, no capabilities.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.store.keys.master_key import new_secret_key
from tests.support.processes import TOKEN
from tests.support.telegram.bot_api import BotApiServer

ENVIRONMENT = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
NOBODY = 54_321
MAX_MEGABYTES = 340
# Mounts the image read-only and the volume in it, and gives up all rights.
START = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount --bind "$2" "$1/data"
mount -t tmpfs -o size=16m tmpfs "$1/tmp"
mount --bind /dev "$1/dev"
mount -t proc proc "$1/proc"
mount -o remount,bind,ro "$1"
root=$1 user=$3; shift 3
exec chroot "$root" /usr/bin/setpriv --reuid="$user" --regid="$user" --clear-groups \
    --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""


def buildah(*words: str) -> str:
    """Returns what Buildah says."""
    done = subprocess.run(
        ["buildah", *words], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """The root file system of the image that `make image` built."""
    if shutil.which("buildah") is None:
        pytest.skip("install Debian's buildah, and run `make image`")
    container = buildah("from", "--pull-never", "localhost/olievlek:latest")
    try:
        yield Path(buildah("mount", container))
    finally:
        buildah("rm", container)


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    """What the image says of itself."""
    told = json.loads(buildah("inspect", "--type", "image", "localhost/olievlek:latest"))
    return dict(told["Docker"]["config"])


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """An empty volume that the user may write."""
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    return folder


def in_the_image(image: Path, volume: Path, words: Sequence[str]) -> list[str]:
    """Returns the command that runs `words` in the image."""
    return [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "sh", "-c", START, "sh"),
        *(str(image), str(volume), str(NOBODY), *words),
    ]


def settings(server: BotApiServer, own: Sequence[str], key: str) -> dict[str, str]:
    """Returns what the image sets itself, and what an operator sets."""
    return {
        **dict(line.split("=", 1) for line in own),
        "OLIEVLEK_SECRET_KEY": key,
        "OLIEVLEK_TELEGRAM_TOKEN": TOKEN,
        "OLIEVLEK_TELEGRAM_API_URL": server.url,
        "OLIEVLEK_HTTP_HOST": "127.0.0.1",
        "OLIEVLEK_HTTP_PORT": "18329",
    }


@asynccontextmanager
async def running(
    image: Path, volume: Path, env: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program in the image, from its start until the end of the block."""
    words = in_the_image(image, volume, ["/opt/olievlek/bin/olievlek", "run"])
    process = await asyncio.create_subprocess_exec(*words, env={**env, "PATH": os.environ["PATH"]})
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(60):
            while True:
                try:
                    if (await client.get("http://127.0.0.1:18329/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                assert process.returncode is None
                await asyncio.sleep(0.2)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_somebody_joins_and_a_kill_loses_nothing(
    image: Path, volume: Path, configuration: dict[str, Any]
) -> None:
    async with BotApiServer(TOKEN) as server:
        env = settings(server, configuration["Env"], new_secret_key())
        someone = server.person()
        async with running(image, volume, env):
            healthy = in_the_image(image, volume, ["/opt/olievlek/bin/healthy"])
            assert subprocess.run(healthy, env=env | {"PATH": os.environ["PATH"]}).returncode == 0
            someone.types("/start")
            await someone.receives("In welke taal", timeout=20)
            someone.presses("Nederlands")
            await someone.receives("Wanneer mag ik")
        async with running(image, volume, env):
            someone.types("ma-zo 8:00")
            await someone.receives("Je volgende uitdaging komt", timeout=20)
    files = {path.name: path.stat() for path in volume.iterdir()}
    assert "olievlek.db" in files
    assert {file.st_uid for file in files.values()} == {NOBODY}
    assert all(file.st_mode & 0o077 == 0 for file in files.values())


def test_nothing_answers_where_nothing_runs(image: Path, volume: Path) -> None:
    healthy = in_the_image(image, volume, ["/opt/olievlek/bin/healthy"])
    env = {"PYTHONPATH": "/opt/olievlek/lib", "PATH": os.environ["PATH"]}
    assert subprocess.run(healthy, env=env | {"OLIEVLEK_HTTP_PORT": "18328"}).returncode == 1


def test_what_it_says_of_itself(configuration: dict[str, Any]) -> None:
    config = configuration
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["/opt/olievlek/bin/olievlek"]
    assert list(config["Volumes"]) == ["/data"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/opt/olievlek/bin/healthy"]
    assert config["Labels"]["org.opencontainers.image.revision"]
    assert not [line for line in config["Env"] if "SECRET" in line or "TOKEN" in line]


def test_it_is_small_and_nothing_in_it_gives_rights(image: Path) -> None:
    files = [path for path in image.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < MAX_MEGABYTES * 1e6
    assert [path for path in files if path.stat().st_mode & 0o6000] == []
    assert not [path for path in files if path.name in {"pip", "gcc", "apt-get"}]
    assert not (image / "opt/olievlek/lib/bot/commit.txt").read_text().isspace()

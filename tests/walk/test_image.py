"""With an image: built on a bare Debian, and started there with Debian's Podman."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import TOKEN
from tests.support.telegram.bot_api import BotApiServer
from tests.walk.machine import Machine
from tests.walk.nudged import all_settings, joins_and_is_nudged
from tests.walk.pages import INSTALLING, commands
from tests.walk.walk import Table, Walk

CHECKOUT = "/root/olievlek"
COMPOSE = f"{CHECKOUT}/deploy/compose"
PORTS = re.compile(r"^    ports: .*$", re.MULTILINE)
RESOURCE = 24  # the right to raise limits (CAP_SYS_RESOURCE), without which crun sets none


def containers() -> str:
    """Returns how containers are here: on the network of this machine, where Telegram is."""
    status = Path("/proc/self/status").read_text()
    rights = int(status.partition("CapEff:")[2].split()[0], 16)
    limits = "" if rights >> RESOURCE & 1 else 'cgroups = "disabled"\n'
    return f'[containers]\nnetns = "host"\n{limits}'


@pytest.mark.timeout(3600)
async def test_with_an_image(machine: Callable[[str], Machine], clone: Path) -> None:
    async with BotApiServer(TOKEN) as server, machine("image") as bare:
        shutil.copytree(clone, bare.root / CHECKOUT.lstrip("/"), symlinks=True)
        (bare.root / "etc/containers").mkdir()
        (bare.root / "etc/containers/containers.conf").write_text(containers())

        def fills_in_settings() -> str:
            bare.add(f"{COMPOSE}/olievlek.env", all_settings(server))
            compose = bare.root / COMPOSE.lstrip("/") / "compose.yaml"
            own, changed = PORTS.subn("    network_mode: host", compose.read_text())
            assert changed == 1
            compose.write_text(own)
            return "settings in olievlek.env, and in compose.yaml the network of the machine"

        table = Table(
            words={"docker compose": "docker-compose"},
            afterwards={"chown 65532 secret-key": fills_in_settings},
            elsewhere={"make test-image": "it has a target of its own for every night"},
        )
        walk = Walk("image", bare, {"root": CHECKOUT})
        await walk.follow(commands(INSTALLING, "Met een image"), table)
        await walk.waits("joins, and is nudged", joins_and_is_nudged(server.person()))
        key = (bare.root / COMPOSE.lstrip("/") / "secret-key").read_text().partition("=")[2]
        assert key.strip() not in await walk.types("journalctl --boot --no-pager")
        walk.finishes()

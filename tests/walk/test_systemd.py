"""With systemd, as a service."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import TOKEN
from tests.support.telegram.bot_api import BotApiServer
from tests.walk.machine import Machine
from tests.walk.nudged import all_settings, joins_and_is_nudged
from tests.walk.pages import INSTALLING, commands, named
from tests.walk.terminal import Answer
from tests.walk.walk import Table, Walk

HEADING = "Met systemd"
SETTINGS = "/etc/olievlek/olievlek.env"


@pytest.mark.timeout(3600)
async def test_with_systemd(machine: Callable[[str], Machine], files: list[Path]) -> None:
    async with BotApiServer(TOKEN) as server, machine("systemd") as bare:
        bare.put(files, "/root/release")

        def fills_in_settings() -> str:
            bare.add(SETTINGS, all_settings(server))
            return f"token, time zone, Telegram on loopback and a free port in {SETTINGS}"

        table = Table(
            afterwards={f"install --mode 0600 /dev/null {SETTINGS}": fills_in_settings},
        )
        walk = Walk("systemd", bare, {"root": "/root/release"})
        typed = commands(INSTALLING, HEADING)
        await walk.follow(typed, table)
        assert "Active: active (running)" in await walk.types("systemctl status olievlek")
        person = server.person()
        await walk.waits("joins, and is nudged", joins_and_is_nudged(person))
        await updates_and_goes_back(walk, [line for _, line in typed if "/pip install" in line])
        person.types("/reeks")
        await walk.waits("gets an answer", person.receives("Je reeks", timeout=60))
        [remove] = named(INSTALLING, HEADING, "Weghalen")
        await walk.types(remove)
        walk.finishes()


async def updates_and_goes_back(walk: Walk, install: list[str]) -> None:
    """Does what the page says for an update, with the same version, and for the way back."""
    restart, stop, restore, start = named(INSTALLING, HEADING, "Bijwerken")
    for line in ("olievlek db backup voor-de-update.db", *install, restart, "olievlek check", stop):
        await walk.types(line)
    await walk.types(f"{restore} voor-de-update.db", answers=[Answer("[j/N]", "j")])
    await walk.types(start)

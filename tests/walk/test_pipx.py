"""With pipx: on SQLite, and then moved to PostgreSQL on the same machine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import TOKEN, zone_at_noon
from tests.support.telegram.bot_api import BotApiServer
from tests.walk.machine import DATA, USER, Machine
from tests.walk.nudged import joins_and_is_nudged, own_settings
from tests.walk.pages import INSTALLING, commands, named
from tests.walk.postgresql import gives_keys_a_database, makes_encrypted_backups, moves
from tests.walk.terminal import Answer
from tests.walk.walk import Table, Walk

RELEASE = f"/home/{USER}/release"
INIT = [
    Answer("Token van Telegram", TOKEN),
    Answer("Taal van de begroeting", "nl"),
    Answer("Tijdzone", zone_at_noon()),
]


@pytest.mark.timeout(3600)
async def test_with_pipx(machine: Callable[[str], Machine], files: list[Path]) -> None:
    async with BotApiServer(TOKEN) as server, machine("pipx") as bare:
        bare.put(files, RELEASE, USER)
        walk = Walk("pipx", bare, {"root": "/root", USER: RELEASE})
        await installs(walk, server)
        person = server.person()
        await walk.waits("joins, and is nudged", joins_and_is_nudged(person))
        person.presses("Gedaan")
        await person.receives("", timeout=20)
        await walk.interrupts()
        walk.finishes()

        walk = Walk("postgresql", bare, {"root": "/root", USER: DATA})
        await moves(walk)
        await gives_keys_a_database(walk)
        await makes_encrypted_backups(walk)
        await walk.begins("olievlek run", USER)
        person.types("/reeks")
        await walk.waits("reads that the streak is 1", person.receives("Je reeks: 1", timeout=60))
        await walk.waits("joins, and is nudged", joins_and_is_nudged(server.person(8, "Daan")))
        await walk.interrupts()
        [remove] = named(INSTALLING, "Met pipx", "Weghalen")
        await walk.types(remove, USER)
        assert (bare.root / DATA.lstrip("/") / ".env").exists()
        walk.finishes()


async def installs(walk: Walk, server: BotApiServer) -> None:
    """Does what the page says until the bot runs."""

    def changes_settings() -> str:
        walk.machine.add(f"{DATA}/.env", own_settings(server))
        return "Telegram on loopback and a free port in .env"

    table = Table(
        answers={"olievlek init": INIT},
        afterwards={"olievlek init": changes_settings},
        goes_on="olievlek run",
        in_a_new_terminal="pipx ensurepath",
    )
    await walk.follow(commands(INSTALLING, "Met pipx"), table)

"""With pipx on Matrix: from nothing until an answer in an encrypted room is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix.synapse import Synapse
from tests.support.processes import soon, zone_at_noon
from tests.walk.machine import DATA, USER, Machine
from tests.walk.nudged import free_port
from tests.walk.pages import DOCS, INSTALLING, commands
from tests.walk.terminal import Answer
from tests.walk.walk import Table, Walk

MATRIX = DOCS / "matrix.md"
RELEASE = f"/home/{USER}/release"
INIT = [
    Answer("Token van Telegram", ""),
    Answer("Taal van de begroeting", "nl"),
    Answer("Tijdzone", zone_at_noon()),
]


@pytest.mark.timeout(3600)
async def test_on_matrix(
    machine: Callable[[str], Machine], files: list[Path], tmp_path: Path
) -> None:
    synapse = Synapse(tmp_path / "synapse")
    synapse.start()
    try:
        bot = await synapse.register("olievlek", PASSWORD)
        person = MatrixPerson(
            synapse, await synapse.register("sanne", PASSWORD), bot, tmp_path / "keys"
        )
        async with machine("matrix") as bare:
            bare.put(files, RELEASE, USER)
            walk = Walk("matrix", bare, {"root": "/root", USER: RELEASE})
            await installs(walk, synapse, bot)
            async with person.online():
                await walk.waits("joins, is nudged and answers", answers(person))
            await walk.interrupts()
            walk.finishes()
    finally:
        synapse.stop()


async def installs(walk: Walk, synapse: Synapse, bot: str) -> None:
    """Does what both pages say until the bot runs."""

    def changes_settings() -> str:
        settings = {
            "MATRIX_HOMESERVER": synapse.url,
            "MATRIX_USER": bot,
            "MATRIX_PASSWORD": PASSWORD,
            "MATRIX_ALLOWED_SERVERS": synapse.name,
            "HTTP_PORT": str(free_port()),
        }
        walk.machine.add(
            f"{DATA}/.env", {f"OLIEVLEK_{name}": value for name, value in settings.items()}
        )
        return "the settings of Matrix and a free port in .env"

    typed = commands(INSTALLING, "Met pipx")
    last = [each.line for each in typed].index("olievlek init") + 1
    table = Table(
        answers={"olievlek init": INIT},
        afterwards={"olievlek init": changes_settings},
        in_a_new_terminal="pipx ensurepath",
    )
    await walk.follow(typed[:last], table)
    upgrade, check, run = commands(MATRIX, "Aanzetten")
    await walk.follow([upgrade], Table())
    assert "matrix: ok" in await walk.types(check.line, USER)
    await walk.follow([run], Table(goes_on=run.line))


async def answers(person: MatrixPerson) -> None:
    """They open an encrypted room, join, get a challenge and answer it."""
    await person.invites(sealed=True)
    await person.receives("In welke taal", 60)
    await person.types("1")
    await person.receives("Wanneer mag ik", 20)
    await person.types(f"!ritme ma-zo {soon(zone_at_noon()):%H:%M}")
    await person.receives("Je volgende uitdaging komt", 20)
    challenge = await person.receives("Lef:", 150)
    assert challenge.sealed
    await person.reacts(challenge, "✅")
    await person.receives("gedaan is gedaan", 20)
    await person.types("Het was de moeite waard")
    await person.receives("Je reeks: 1 ronde.", 20)

"""People with Element, beside a bot of their own."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.conftest import cannot_start
from tests.element.element import SCRIPTS, Element, Player, playing
from tests.support import matrix_bot
from tests.support.fakes import FixedClock
from tests.support.matrix.people import PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import MatrixBot
from tests.support.paths import PROJECT

MODULES = PROJECT / "build" / "element"  # where `make test-element` has npm put them


@pytest.fixture(scope="session")
def scripts() -> Path:
    """The folder with the player and the modules that it loads."""
    if not (MODULES / "node_modules" / "matrix-js-sdk").is_dir():
        cannot_start("Element", FileNotFoundError("matrix-js-sdk; run `make test-element` once"))
    for name in SCRIPTS:
        # Node looks for modules beside the script. Another process may be reading the last copy.
        copy = MODULES / f"{name}.{os.getpid()}"
        shutil.copyfile(Path(__file__).with_name(name), copy)
        copy.replace(MODULES / name)
    return MODULES


@pytest.fixture(scope="session")
def node(scripts: Path) -> str:
    """The Node that npm brought, because the library needs 22; else the one of the machine."""
    brought = next((scripts / "node_modules").glob("node-*/bin/node"), None)
    at = str(brought) if brought else shutil.which("node")
    if at is None:
        cannot_start("Element", FileNotFoundError("node"))
    return at


@pytest.fixture
async def player(node: str, scripts: Path) -> AsyncIterator[Player]:
    """The process that plays the people of one test."""
    async with playing(node, scripts) as started:
        yield started


@dataclass
class Stage:
    """A bot and the people who talk with it."""

    bot: MatrixBot
    player: Player

    async def person(self, name: str = "sanne", *, strict: bool = False) -> Element:
        """A new person, with one device that is signed."""
        user = await self.bot.server.register(f"{name}-{secrets.token_hex(4)}", PASSWORD)
        return await self._device(user, strict=strict)

    async def device_of(self, person: Element, *, strict: bool = False) -> Element:
        """Another device of the same person, signed with their recovery key."""
        other = await self._device(person.user_id, strict=strict)
        other.room = person.room
        return other

    async def _device(self, user: str, *, strict: bool) -> Element:
        element = Element(self.player, self.bot.server, user, self.bot.bot, strict=strict)
        return await element.begins()


@pytest.fixture
async def stage(
    synapse: Synapse,
    player: Player,
    database: Database,
    vault: Vault,
    clock: FixedClock,
    tmp_path: Path,
) -> Stage:
    """A bot of its own for each test."""
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    return Stage(
        MatrixBot(synapse, bot, tmp_path, database, vault, clock, allow_unencrypted=False), player
    )


async def joins(person: Element) -> None:
    """Opens an encrypted room with the bot and answers its two questions."""
    await matrix_bot.joins(person, sealed=True)

"""The identity of the bot's account on Matrix: what a strict client sees after each accident."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.matrix.people import MatrixPerson
from tests.support.matrix.strict_client import StrictClient
from tests.support.matrix_bot import MatrixBot


@asynccontextmanager
async def started(bot: MatrixBot) -> AsyncIterator[MatrixPerson]:
    """The bot, logged in and out again once; then somebody else on its account, as a colleague."""
    async with bot.running():
        pass
    colleague = MatrixPerson(bot.server, bot.bot, "", bot.folder / "colleague")
    async with colleague.online():
        yield colleague


async def bot_shields(bot: MatrixBot, client: StrictClient) -> dict[str, str]:
    """The shields that the bot's own device gets, not those of a colleague's."""
    device = json.loads((bot.folder / "matrix" / "device.json").read_text())["device_id"]
    keys = await client.keys()
    assert device in keys["device_keys"][bot.bot]
    return {name: why for name, why in (await client.shields()).items() if name == device}


async def trouble(bot: MatrixBot) -> str | None:
    """What `olievlek check` says of the identity, by the name of its message."""
    sentence = await bot.channel().identity.trouble()
    return None if sentence is None else sentence.key


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def remove_keys(folder: Path) -> None:
    (folder / "keys.db").unlink()


def remove_device(folder: Path) -> None:
    (folder / "device.json").unlink()


def spoil_signing_keys(folder: Path) -> None:
    (folder / "signing.json").write_text('{"master": "x"}')


@pytest.mark.parametrize(
    "accident", [remove_folder, remove_keys, remove_device, spoil_signing_keys]
)
async def test_after_an_accident_in_the_folder_the_bot_signs_by_itself(
    on_matrix: MatrixBot, accident: Callable[[Path], None]
) -> None:
    folder = on_matrix.folder / "matrix"
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        assert await bot_shields(on_matrix, strict) == {}
        master, signing = await strict.master(), (folder / "signing.json").read_text()
        accident(folder)
        async with on_matrix.running():
            assert await bot_shields(on_matrix, strict) == {}
            assert await strict.master() == master
        assert (folder / "signing.json").read_text() == signing
        assert await trouble(on_matrix) is None

"""What somebody with Element in strict isolation sees after each accident of the bot."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.element.conftest import Stage, joins
from tests.element.element import Element
from tests.support.matrix.accidents import (
    changes_password,
    log_out,
    remove_device,
    remove_keys,
    spoil_signing_keys,
)
from tests.support.matrix.people import MatrixPerson
from tests.support.matrix_bot import MatrixBot

NO_SHIELD = ("NONE", None)


@pytest.fixture
async def sanne(stage: Stage) -> Element:
    """Somebody whose client excludes insecure devices, and who joined before the accident."""
    async with stage.bot.running():
        person = await stage.person(strict=True)
        await joins(person)
    return person


@asynccontextmanager
async def colleague_on(bot: MatrixBot) -> AsyncIterator[MatrixPerson]:
    """Somebody else on the bot's account, who logs out at the end."""
    colleague = MatrixPerson(bot.server, bot.bot, "", bot.folder / "colleague")
    async with colleague.online():
        yield colleague
        await colleague.client.logout()


def device_of(bot: MatrixBot) -> str:
    """The device that the bot has now."""
    device: str = json.loads((bot.folder / "matrix" / "device.json").read_text())["device_id"]
    return device


async def goes_on_without_a_shield(stage: Stage, person: Element) -> None:
    """Starts the bot, which answers; its device is signed, and no answer has a shield."""
    async with stage.bot.running():
        assert (await person.signed())[device_of(stage.bot)]
        await person.types("!ritme")
        answer = await person.receives("Je ritme is nu")
        assert answer.sealed and await person.shield(answer) == NO_SHIELD


@pytest.mark.parametrize("accident", [remove_keys, remove_device, spoil_signing_keys])
async def test_after_an_accident_in_the_folder(
    stage: Stage, sanne: Element, accident: Callable[[Path], None]
) -> None:
    accident(stage.bot.folder / "matrix")
    await goes_on_without_a_shield(stage, sanne)


async def test_after_an_old_backup_was_put_back(
    stage: Stage, sanne: Element, tmp_path: Path
) -> None:
    folder, backup = stage.bot.folder / "matrix", tmp_path / "backup"
    shutil.copytree(folder, backup)
    before = device_of(stage.bot)
    await goes_on_without_a_shield(stage, sanne)
    shutil.rmtree(folder)
    backup.rename(folder)
    await goes_on_without_a_shield(stage, sanne)
    assert device_of(stage.bot) != before


async def test_after_its_device_was_logged_out(stage: Stage, sanne: Element) -> None:
    before = device_of(stage.bot)
    async with colleague_on(stage.bot) as colleague:
        await log_out(colleague, before)
    await goes_on_without_a_shield(stage, sanne)
    assert before not in await sanne.signed()


async def test_after_another_password(stage: Stage, sanne: Element) -> None:
    stage.bot.password = "een ander geheim"
    async with colleague_on(stage.bot) as colleague:
        await changes_password(colleague, stage.bot.password)
    await goes_on_without_a_shield(stage, sanne)


async def test_after_a_reset_elsewhere_and_a_deliberate_one(
    stage: Stage, sanne: Element, tmp_path: Path
) -> None:
    bot = stage.bot
    elsewhere = MatrixBot(
        bot.server,
        bot.bot,
        tmp_path / "elsewhere",
        bot.database,
        bot.vault,
        bot.clock,
        pickle_key="e" * 64,
    )
    await elsewhere.channel().identity.reset()
    async with bot.running():
        assert not (await sanne.signed())[device_of(bot)]
    await bot.channel().identity.reset()
    await goes_on_without_a_shield(stage, sanne)

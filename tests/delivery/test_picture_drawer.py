"""Pictures of a wave are drawn in processes of their own, and one that ends costs no picture."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from multiprocessing import active_children

import pytest

from bot.delivery.replies.picture_drawer import WAVE, PictureDrawer


@dataclass(frozen=True, slots=True)
class Where:
    """A drawing that is the number of the process that drew it."""

    def draw(self) -> bytes:
        """Returns the number."""
        return str(os.getpid()).encode()


@dataclass(frozen=True, slots=True)
class EndsOthers:
    """A drawing that ends any process but `keep`."""

    keep: int

    def draw(self) -> bytes:
        """Returns a word, in the process that goes on."""
        if os.getpid() != self.keep:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"drawn"


@pytest.fixture
async def drawer() -> AsyncIterator[PictureDrawer]:
    """A drawer; once it is closed, none of its processes is left, whatever other tests left."""
    others = {process.pid for process in active_children()}
    drawer = PictureDrawer()
    yield drawer
    drawer.close()
    async with asyncio.timeout(10):
        while {process.pid for process in active_children()} - others:
            await asyncio.sleep(0.02)


async def test_a_few_are_drawn_here_and_a_wave_elsewhere(drawer: PictureDrawer) -> None:
    here = str(os.getpid()).encode()
    few = [drawer.draw(Where(), urgent=False) for _ in range(WAVE - 1)]
    assert set(await asyncio.gather(*few)) == {here}
    wave = [drawer.draw(Where(), urgent=False) for _ in range(4 * WAVE)]
    urgent = drawer.draw(Where(), urgent=True)
    *drawn, reply = await asyncio.gather(*wave, urgent)
    assert here not in drawn[-WAVE:]
    assert reply == here


async def test_a_process_that_is_killed_costs_no_picture(drawer: PictureDrawer) -> None:
    wave = [drawer.draw(EndsOthers(os.getpid()), urgent=False) for _ in range(2 * WAVE)]
    assert await asyncio.gather(*wave) == [b"drawn"] * (2 * WAVE)

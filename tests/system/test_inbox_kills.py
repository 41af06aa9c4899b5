"""`kill -9` while messages come in: each is handled once, in order, and none is lost."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.delivery.inbox.flood_limits import DEFAULT_LIMITS
from tests.support.processes import TOKEN, on_telegram, program
from tests.support.telegram.bot_api import BotApiServer
from tests.system.telegram_person import joins

pytestmark = pytest.mark.timeout(0)  # as long as the number of kills asks for

WORDS = 4  # before each kill


async def has_room(file: Path) -> None:
    """Waits until the words of a life may wait: more than that is a flood, and is dropped."""
    async with asyncio.timeout(30):
        while True:
            with closing(sqlite3.connect(file)) as connection:
                [(waiting,)] = connection.execute("SELECT count(*) FROM inbox").fetchall()
            if waiting <= DEFAULT_LIMITS.waiting - WORDS:
                return
            await asyncio.sleep(0.05)


async def test_every_word_is_kept_once_across_kills(tmp_path: Path, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        env = on_telegram(server, tmp_path)
        async with program(env, tmp_path):
            await joins(sanne)
            sanne.types("/nu")
            await sanne.receives("Lef:")
            await sanne.presses("Gedaan").answered()
            await sanne.receives("gedaan is gedaan")
        said = 0
        for _ in range(kills):
            async with program(env, tmp_path) as killed:
                await killed.says("leading", within=30)
                await has_room(tmp_path / "olievlek.db")
                for _ in range(WORDS):
                    said += 1
                    sanne.types(f"woord {said}")
                    await asyncio.sleep(dice.uniform(0, 0.03))
                await asyncio.sleep(dice.uniform(0, 0.1))
                await killed.is_killed()
        async with program(env, tmp_path):
            sanne.types("/terugblik")
            # Behind up to so many answers, of which one goes in a second.
            review = await sanne.receives(f"woord {said}", timeout=30 + said)
    kept = [f"woord {number}" for number in range(1, said + 1)]
    assert [line for line in kept if str(review.text).count(line) < 1] == []
    with sqlite3.connect(tmp_path / "olievlek.db") as connection:
        [(reflections,)] = connection.execute("SELECT count(*) FROM reflections").fetchall()
        [(waiting,)] = connection.execute("SELECT count(*) FROM inbox").fetchall()
    assert (reflections, waiting) == (said, 0)

"""How long it takes until 200 groups have the week's message, at Telegram's documented pace."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.lines import Line
from bot.app import build, freeze_loaded_objects
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import DOCUMENTED_LIMITS, Telegram
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from tests.support.population import enrol_teams
from tests.support.telegram.process import TOKEN, ServerProcess, server_process

FRIDAY = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # half past three in Amsterdam
GROUPS = range(-1200, -1000)
PER_SECOND = 30
MAY_TAKE = 15.0


async def measure() -> list[Line]:
    """200 digests of two messages each, a picture and a text three seconds later."""
    async with server_process(per_second=PER_SECOND) as server:
        await server.groups(GROUPS)
        took = await seconds(server)
        counters = await server.counters()
        assert counters.refused_for_pace == 0
        assert len(await server.messages()) == 2 * len(GROUPS)
    return [
        Line(
            f"{len(GROUPS)} digests at {PER_SECOND}/s, from claim to receipt; against the 15 s "
            "they may take",
            took,
            MAY_TAKE,
            "s",
            at_most=1,
        )
    ]


async def seconds(server: ServerProcess) -> float:
    """Returns how long one tick takes that sends them all, on a new SQLite file."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}") as database:
            vault = Vault(new_secret_key())
            await prepare(database, vault, FRIDAY)
            await enrol_teams(database, [str(group) for group in GROUPS], FRIDAY)
            freeze_loaded_objects()
            began = loop.time()

            def clock() -> datetime:
                return FRIDAY + timedelta(seconds=loop.time() - began)

            channel = Telegram(Login(server.url, TOKEN), clock, DOCUMENTED_LIMITS)
            application = build(database, vault, [channel], clock)
            assert await application.digest_sender.tick() == len(GROUPS)
            took = loop.time() - began
            await channel.close()
    return took


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())

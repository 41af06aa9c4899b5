"""How long a calm member waits for an answer while others flood the bot, and what that costs."""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bench.crowd import NOW, enrol
from bench.lines import Line
from bench.presses import p99_of_presses, press_done
from bench.server import Line as ServerLine
from bench.server import server
from bot.app import build, freeze_loaded_objects
from bot.channels.connection.rate_limit import RateLimits
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import DOCUMENTED_LIMITS, Telegram
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.nudges import ReceiptRow

TOKEN = "123:abc"
PRESSES = 60
FLOOD_SECONDS = 10
FIRST_STRANGER = 1_000_000
MEMBER = PRESSES + 1  # takes part, and was sent no nudge
P99_MILLISECONDS = 1_000
MEMORY_MB = 30


@dataclass(frozen=True, slots=True)
class Flood:
    """Who types, and how much within `FLOOD_SECONDS`."""

    chats: list[int]
    messages: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The p99 of a calm press in milliseconds, and the memory that the flood took in MB."""

    milliseconds: float
    megabytes: float


CALM = Flood([], 0)
OF_A_MEMBER = Flood([MEMBER], 1_000)
OF_STRANGERS = Flood([FIRST_STRANGER + number for number in range(100)], 10_000)


async def measure() -> list[Line]:
    """Without a flood, and in each."""
    with server() as line:
        calm = await outcome(line, CALM)
        member = await outcome(line, OF_A_MEMBER)
        strangers = await outcome(line, OF_STRANGERS)
    return [
        new_line
        for name, flooded in (
            ("one member sends 1,000 messages in 10 s", member),
            ("100 strangers send 10,000 messages in 10 s", strangers),
        )
        for new_line in (
            Line(
                f"a press (p99) while {name}, against while nobody does",
                flooded.milliseconds,
                calm.milliseconds,
                "ms",
                difference_at_most=P99_MILLISECONDS - calm.milliseconds,
            ),
            Line(
                f"memory that is taken while {name}, against while nobody does",
                flooded.megabytes,
                max(calm.megabytes, 0.1),
                "MB",
                difference_at_most=MEMORY_MB,
            ),
        )
    ]


async def outcome(line: ServerLine, flood: Flood) -> Outcome:
    """Measures presses of other members during a flood; each of them has to be answered."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}") as database:
            vault = Vault(new_secret_key())
            await prepare(database, vault, NOW)
            await enrol(database, MEMBER, PRESSES, "telegram")
            began = datetime.now(UTC)

            def clock() -> datetime:
                return NOW + (datetime.now(UTC) - began)

            sent = await _nudged(line, database, vault)
            channel = Telegram(Login(line.url, TOKEN), clock, DOCUMENTED_LIMITS)
            application = build(database, vault, [channel], clock)
            line.set_up(30, logs=True)
            freeze_loaded_objects()
            listening = asyncio.create_task(application.listen(channel))
            await asyncio.sleep(1)
            before, peak = _megabytes(), asyncio.create_task(_peak())
            if flood.messages:
                what = {"chats": flood.chats, "messages": flood.messages, "seconds": FLOOD_SECONDS}
                await asyncio.to_thread(line.tell, "flood", what)
            await _press_all(line, sent)
            peak.cancel()
            megabytes = await peak - before
            listening.cancel()
            await asyncio.wait([listening])
            await channel.close()
    told = line.told()
    assert not told["refused"], f"{told['refused']} refused"
    return Outcome(p99_of_presses(told["log"], PRESSES) * 1e3, megabytes)


async def _nudged(line: ServerLine, database: Database, vault: Vault) -> list[ReceiptRow]:
    """Sends the nudges that are pressed; returns their receipts."""
    line.set_up()
    channel = Telegram(Login(line.url, TOKEN), lambda: NOW, RateLimits(per_second=None))
    assert await build(database, vault, [channel], lambda: NOW).nudge_sender.tick() == PRESSES
    await channel.close()
    async with database.reading() as session:
        return list((await session.scalars(select(ReceiptRow))).all())


async def _press_all(line: ServerLine, sent: list[ReceiptRow]) -> None:
    for nudge in sent:
        await press_done(line, nudge)
        await asyncio.sleep(FLOOD_SECONDS / PRESSES)
    await asyncio.sleep(3)


async def _peak() -> float:
    """Returns the most memory that the process held, in MB, once it is cancelled."""
    most = _megabytes()
    try:
        while True:
            await asyncio.sleep(0.05)
            most = max(most, _megabytes())
    except asyncio.CancelledError:
        return most


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20

"""A wave into encrypted rooms on a real Synapse, against the bare library."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

from nio import AsyncClient, AsyncClientConfig
from nio.store import SqliteMemoryStore

from bench.lines import Line
from bench.wave import sample
from bot.app import Application, build
from bot.channels.base import IncomingHandler
from bot.channels.choices import choices_of, numbered
from bot.channels.matrix.channel import Matrix
from bot.channels.matrix.client.account import Login
from bot.channels.matrix.events.content import text_content
from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.delivery.replies.pending_choices import StoredChoices
from bot.messages import Incoming, Outgoing, ReceivedItem
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from tests.support.fakes import FixedClock
from tests.support.inbox import HandsOver
from tests.support.matrix.people import ENCRYPTION, PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.population import enrol

ROOMS = 200
COLD = 20
IN_FLIGHT = 50
RUNS = 3


class HandsOverLater(HandsOver):
    """Handles what came in beside the sync, as the inbox does: handling waits for the first one."""

    def __init__(self, channel: Matrix, handle: IncomingHandler) -> None:
        super().__init__(channel, handle)
        self._tasks: set[asyncio.Task[None]] = set()  # or one may be collected before its end

    async def receive(self, items: Sequence[ReceivedItem], position: str | None = None) -> None:
        """Begins to handle the items."""
        self._tasks.add(asyncio.create_task(super().receive(items, position)))


async def measure() -> list[Line]:
    """200 encrypted rooms, each with one person on one device."""
    with tempfile.TemporaryDirectory(prefix="olie-") as folder:
        server = Synapse(Path(folder) / "synapse")
        await asyncio.to_thread(server.start)
        try:
            return await _measure(server, Path(folder))
        finally:
            await asyncio.to_thread(server.stop)


async def _measure(server: Synapse, folder: Path) -> list[Line]:
    bot = await server.register("olievlek", PASSWORD)
    places = asyncio.Semaphore(8)

    async def moves_in(number: int) -> str:
        async with places:
            return await _room(server, f"person-{number}", bot)

    users = await asyncio.gather(*(moves_in(number) for number in range(ROOMS)))
    clock = FixedClock()
    async with _running(server, bot, folder, users, clock) as (application, channel):
        client = channel._client
        assert client is not None
        message = await sample()
        cold = await _one_by_one(channel, users[:COLD], message, "cold")
        warm = await _one_by_one(channel, users[:COLD], message, "warm")
        rooms = list(client.rooms)
        await _bare(client, rooms, message)  # now all of them are warm
        ours, bare = [], []
        for run in range(RUNS):
            bare.append(ROOMS / await _bare(client, rooms, message))
            clock.goes_to(24 + run, 11, 9, 30)
            began = time.perf_counter()
            assert await application.nudge_sender.tick() == ROOMS
            ours.append(ROOMS / (time.perf_counter() - began))
    name = f"nudges a second into {ROOMS} encrypted rooms, against bare room_send"
    return [
        Line(name, max(ours), max(bare), "/s", at_least=0.8),
        Line("first message in a cold encrypted room, against a warm one", cold, warm, "ms"),
    ]


async def _room(server: Synapse, name: str, bot: str) -> str:
    """Somebody with a device, and a room to which they invite the bot; their user id."""
    user = await server.register(f"{name}-{secrets.token_hex(3)}", PASSWORD)
    config = AsyncClientConfig(store=SqliteMemoryStore, encryption_enabled=True)
    client = AsyncClient(server.url, user, config=config)
    await client.login(PASSWORD)
    await client.keys_upload()
    await client.room_create(is_direct=True, invite=[bot], initial_state=[ENCRYPTION])
    await client.close()
    return user


@asynccontextmanager
async def _running(
    server: Synapse, bot: str, folder: Path, users: Sequence[str], clock: FixedClock
) -> AsyncIterator[tuple[Application, Matrix]]:
    async with open_database(f"sqlite+aiosqlite:///{folder / 'bench.db'}") as database:
        vault = Vault(new_secret_key())
        await prepare(database, vault, clock())
        login = Login(server.url, bot, PASSWORD, None, "0123456789abcdef" * 4)
        channel = Matrix(login, folder / "matrix", clock, StoredChoices(database, "matrix", clock))
        application = build(database, vault, [channel], clock)
        rhythm = Rhythm(frozenset(Weekday), clock_time(9, 30), ZoneInfo("Europe/Amsterdam"))
        addresses = dict(enumerate(users, start=1))
        people = dict.fromkeys(addresses, rhythm)
        await enrol(database, people, clock(), channel="matrix", addresses=addresses)

        async def says_nothing(_: Incoming) -> None:
            """What comes in is not what is measured."""

        listening = asyncio.create_task(channel.receive(HandsOverLater(channel, says_nothing)))
        while channel._client is None or len(channel._client.rooms) < len(users):
            assert not listening.done()
            await asyncio.sleep(0.1)
        yield application, channel
        listening.cancel()
        await asyncio.wait([listening])
        await channel.close()


async def _one_by_one(channel: Matrix, users: Sequence[str], message: Outgoing, name: str) -> float:
    """Milliseconds a message, one after the other."""
    began = time.perf_counter()
    for user in users:
        await channel.send(user, message, f"{name}-{user}")
    return (time.perf_counter() - began) * 1000 / len(users)


async def _bare(client: AsyncClient, rooms: Sequence[str], message: Outgoing) -> float:
    """Seconds that the library alone takes for the same text in the same rooms."""
    places = asyncio.Semaphore(IN_FLIGHT)
    text = numbered(message.text, choices_of(message.buttons))

    async def send(room: str) -> None:
        async with places:
            await client.room_send(
                room, "m.room.message", text_content(text), ignore_unverified_devices=True
            )

    began = time.perf_counter()
    await asyncio.gather(*(send(room) for room in rooms))
    return time.perf_counter() - began

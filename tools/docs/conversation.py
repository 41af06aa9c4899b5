"""docs/conversation.png: half a year of rounds, and then the round that is shown."""

import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from sqlalchemy import func, select

from bot.app import BuildOptions, build
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.outbox import OutboxRow
from tests.golden.record import BOT, Event, Kind, Record
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS
from tests.support.telegram.bot_api import BotApiServer, Message, Person
from tests.support.telegram.pace import UNLIMITED

PICTURE = Path("conversation.png")
TOKEN = "123:abc"
MISSED_ROUNDS = (9, 30, 34)
Tick = Callable[[], Awaitable[int]]


class Recorder:
    """Notes what a person does and sees, in order."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.record = Record("nl")

    async def sees(self, containing: str) -> Message:
        """Waits for the next message of the bot, and notes it with its buttons as they are now."""
        message = await self.person.receives(containing)
        labels = tuple(tuple(button.text for button in row) for row in message.buttons)
        size = ""
        if message.photo:
            with Image.open(io.BytesIO(message.photo)) as image:
                size = f"🖼 {image.width}×{image.height}"
        event = Event(Kind.SAYS, message.words, BOT, labels, size, message.photo or None)
        self.record.add(event)
        return message

    def types(self, text: str) -> None:
        """The person types."""
        self.person.types(text)
        self.record.add(Event(Kind.SAYS, text, "Sanne"))

    def taps(self, label: str) -> None:
        """The person taps a button."""
        self.person.presses(label)
        self.record.add(Event(Kind.TAPS, label, "Sanne"))


async def played() -> Record:
    """Plays the conversation with the real bot, and returns what was seen in its last round."""
    clock = FixedClock(datetime(2026, 5, 11, 9, 0, tzinfo=UTC))
    async with BotApiServer(TOKEN) as server:
        with tempfile.TemporaryDirectory() as folder:
            async with open_database(f"sqlite+aiosqlite:///{folder}/pictures.db") as database:
                vault = Vault(new_secret_key())
                await prepare(database, vault, clock())
                telegram = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
                application = build(
                    database, vault, [telegram], clock, BuildOptions(inbox_limits=NO_LIMITS)
                )
                listening = asyncio.create_task(application.listen(telegram))
                sanne = server.person()
                await _joins(sanne)
                await _lives_through(sanne, clock, application.nudge_sender.tick, database)
                recorder = Recorder(sanne)
                await _last_round(recorder, application.nudge_sender.tick)
                listening.cancel()
                await asyncio.wait([listening])
                await telegram.close()
                return recorder.record


async def _joins(sanne: Person) -> None:
    sanne.types("/start")
    await sanne.receives("In welke taal")
    sanne.presses("Nederlands")
    await sanne.receives("Wanneer mag ik")
    sanne.types("/ritme di do 9:30")
    await sanne.receives("Je volgende uitdaging")


async def _lives_through(sanne: Person, clock: FixedClock, tick: Tick, database: Database) -> None:
    for number in range(52):
        clock.moment = _next_moment(clock)
        if not await tick():
            continue
        await sanne.receives("Lef:")
        if number in MISSED_ROUNDS:
            continue
        await sanne.presses("Geprobeerd" if number % 5 == 3 else "Gedaan").answered()
        question = await sanne.receives(buttons=["Overslaan"])
        sanne.presses("Overslaan")
        await sanne.sees_edit(question, buttons=[])
        await _all_sent(database)  # the clock moves on by days, and leases end with it
    clock.moment = _next_moment(clock)


async def _all_sent(database: Database) -> None:
    while True:
        async with database.reading() as session:
            if not await session.scalar(select(func.count()).select_from(OutboxRow)):
                return
        await asyncio.sleep(0.01)


def _next_moment(clock: FixedClock) -> datetime:
    """Returns the next Tuesday or Thursday, half past nine in Amsterdam."""
    day = clock() + timedelta(days=1)
    while day.isoweekday() not in (2, 4):
        day += timedelta(days=1)
    moment = FixedClock()
    moment.goes_to(day.day, day.month, 9, 30, day.year)
    return moment()


async def _last_round(recorder: Recorder, tick: Tick) -> None:
    await tick()
    await recorder.sees("Lef:")
    recorder.taps("Gedaan")
    await recorder.sees("?")
    recorder.types("Weten de bewoners dit eigenlijk al? Toen was het stil.")
    await recorder.sees("Bewaard")
    recorder.types("/reeks")
    await recorder.sees("Je reeks")

"""`make pictures`: plays conversations on Telegram and draws what the people in them saw.

The bot is the real one, behind the real Telegram client; the server is the one of the tests. Each
drawing is a page, photographed by Chromium.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from bot.app import build, open_database, prepare
from bot.channels.telegram.channel import Telegram
from bot.logs import set_up_logs
from bot.store.members.vault import Vault, new_secret_key
from tests.golden.dialogue import played
from tests.golden.everything import DIALOGUES
from tests.golden.record import Record
from tests.golden.scene import prepared
from tests.support.fakes import FixedClock
from tests.support.telegram.bot_api import BotApiServer, Message, Person
from tools.docs import board_pictures
from tools.docs.camera import NoCamera, camera, photograph
from tools.docs.chat_page import bubble, image, keys, sheet
from tools.docs.dialogue_pages import (
    PAGES,
    PICTURES,
    draw,
    is_stale,
    picture_of,
    pictures,
    whole_page,
)

FOLDER = Path(__file__).parents[2] / "docs"
TOKEN = "123:abc"
CAMERAS = 4  # Chromium waits more than it works
Tick = Callable[[], Awaitable[int]]


class Album:
    """What the person saw, in order, as HTML."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.parts: list[str] = []

    async def sees(self, containing: str) -> Message:
        """The next message of the bot, with its buttons as they were then."""
        message = await self.person.receives(containing)
        picture = image(message.photo) if message.photo else ""
        self.parts.append(bubble("bot", message.words, picture))
        self.parts.append(keys([[key.text for key in row] for row in message.buttons]))
        return message

    def types(self, text: str) -> None:
        """They type."""
        self.person.types(text)
        self.parts.append(bubble("me", text))

    def taps(self, label: str) -> None:
        """They tap a button."""
        self.person.presses(label)
        self.parts.append(bubble("tap", f"tikt op {label}"))

    def page(self) -> str:
        """The whole page."""
        return sheet(self.parts)


async def conversation() -> str:
    """Half a year of rounds, and then the one that is shown."""
    clock = FixedClock(datetime(2026, 5, 11, 9, 0, tzinfo=UTC))
    async with BotApiServer(TOKEN) as server:
        with tempfile.TemporaryDirectory() as folder:
            async with open_database(f"sqlite+aiosqlite:///{folder}/pictures.db") as database:
                vault = Vault(new_secret_key())
                await prepare(database, vault, clock())
                telegram = Telegram(TOKEN, server.url, clock)
                application = build(database, vault, [telegram], clock, "nl", "Europe/Amsterdam")
                listening = asyncio.create_task(telegram.listen(application.conversation.handle))
                sanne = server.person()
                await _joins(sanne)
                await _lives_through(sanne, clock, application.sending.tick)
                album = Album(sanne)
                await _shown(album, application.sending.tick)
                listening.cancel()
                await asyncio.wait([listening])
                await telegram.close()
                return album.page()


async def _joins(sanne: Person) -> None:
    sanne.types("/start")
    await sanne.receives("In welke taal")
    sanne.presses("Nederlands")
    await sanne.receives("Wanneer mag ik")
    sanne.types("/ritme di do 9:30")
    await sanne.receives("Je volgende uitdaging")


async def _lives_through(sanne: Person, clock: FixedClock, tick: Tick) -> None:
    for number in range(52):
        clock.moment = await _next_moment(clock)
        if not await tick():
            continue
        await sanne.receives("Lef:")
        if number in (9, 30, 34):
            continue
        await sanne.presses("Geprobeerd" if number % 5 == 3 else "Gedaan").answered()
        await sanne.receives(buttons=["Overslaan"])
        await sanne.presses("Overslaan").answered()
    clock.moment = await _next_moment(clock)


async def _next_moment(clock: FixedClock) -> datetime:
    """The next Tuesday or Thursday, half past nine in Amsterdam."""
    day = clock() + timedelta(days=1)
    while day.isoweekday() not in (2, 4):
        day += timedelta(days=1)
    here = FixedClock()
    here.goes_to(day.day, day.month, 9, 30, day.year)
    return here()


async def _shown(album: Album, tick: Tick) -> None:
    await tick()
    await album.sees("Lef:")
    album.taps("Gedaan")
    await album.sees("?")
    album.types("Weten de bewoners dit eigenlijk al? Toen was het stil.")
    await album.sees("Bewaard")
    album.taps("Alleen voor mij")
    album.types("/reeks")
    await album.sees("Je reeks")


async def dialogues() -> dict[str, dict[str, Record]]:
    """What was seen in each dialogue, by language and by name."""
    with tempfile.TemporaryDirectory() as folder:
        start = await prepared(Path(folder))
        return {
            language: {one.name: await played(one, start, language) for one in DIALOGUES}
            for language in PAGES
        }


def show(seen: dict[str, dict[str, Record]]) -> None:
    """Writes the pages of all dialogues, and draws each picture that is not right any more."""
    PICTURES.mkdir(exist_ok=True)
    for picture in {*PICTURES.glob("*.png")} - pictures():
        picture.unlink()
    with ThreadPoolExecutor(CAMERAS) as cameras:
        drawings = [
            cameras.submit(draw, records[one.name], picture_of(one, language))
            for language, records in seen.items()
            for one in DIALOGUES
            if is_stale(records[one.name], picture_of(one, language))
        ]
    for drawing in drawings:
        drawing.result()
    for language, records in seen.items():
        PAGES[language].write_text(whole_page(language, records))


def main() -> None:
    """Draws docs/conversation.png, the boards, and the dialogues, whose pages it makes as well."""
    set_up_logs("ERROR", "console")
    try:
        camera()
    except NoCamera as missing:
        sys.exit(str(missing))
    page = asyncio.run(conversation())
    photograph(page, FOLDER / "conversation.png", sha256(page.encode()).hexdigest())
    board_pictures.main()
    show(asyncio.run(dialogues()))


if __name__ == "__main__":
    main()

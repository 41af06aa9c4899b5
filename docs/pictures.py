"""`make pictures`: plays a conversation on Telegram and draws what the person saw.

The bot is the real one, behind the real Telegram client; the server is the one of the tests. The
drawing is a page, photographed by Chromium (Debian's package `chromium`).
"""

import asyncio
import html
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import build, open_database, prepare
from bot.channels.telegram import Telegram
from bot.logs import set_up_logs
from bot.store.vault import Vault, new_secret_key
from tests.servers.bot_api import BotApiServer, Message, Person
from tests.story import StillClock

FOLDER = Path(__file__).parent
TOKEN = "123:abc"
WIDTH = 420
Tick = Callable[[], Awaitable[int]]
STYLE = """
body { margin: 0; padding: 14px; width: 392px; background: #d7e3ec; font: 15px/1.38 sans-serif; }
.chat { display: flex; flex-direction: column; gap: 8px; }
.bot, .me { border-radius: 14px; padding: 8px 12px; max-width: 330px; white-space: pre-wrap; }
.bot { background: #fff; align-self: flex-start; border-bottom-left-radius: 4px; }
.me { background: #e1fcc9; align-self: flex-end; border-bottom-right-radius: 4px; }
.bot img { width: 330px; border-radius: 8px; display: block; margin-bottom: 6px; }
.keys { align-self: flex-start; width: 354px; display: flex; flex-direction: column; gap: 4px; }
.row { display: flex; gap: 4px; }
.key { flex: 1; background: #6f8fa8; color: #fff; border-radius: 8px; padding: 6px 4px;
  text-align: center; font-size: 14px; }
.tap { align-self: flex-end; color: #456; font-size: 13px; }
"""


class Album:
    """What the person saw, in order, as HTML."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.parts: list[str] = []

    async def sees(self, containing: str) -> Message:
        """The next message of the bot, with its buttons as they were then."""
        message = await self.person.receives(containing)
        picture = ""
        if message.photo:
            picture = f'<img src="data:image/png;base64,{b64encode(message.photo).decode()}">'
        words = html.escape(str(message.text or message.caption))
        self.parts.append(f'<div class="bot">{picture}{words}</div>')
        rows = "".join(
            '<div class="row">'
            + "".join(f'<div class="key">{html.escape(key.text)}</div>' for key in row)
            + "</div>"
            for row in message.buttons
        )
        if rows:
            self.parts.append(f'<div class="keys">{rows}</div>')
        return message

    def types(self, text: str) -> None:
        """They type."""
        self.person.types(text)
        self.parts.append(f'<div class="me">{html.escape(text)}</div>')

    def taps(self, label: str) -> None:
        """They tap a button."""
        self.person.presses(label)
        self.parts.append(f'<div class="tap">tikt op {html.escape(label)}</div>')

    def page(self) -> str:
        """The whole page."""
        return f'<style>{STYLE}</style><div class="chat">{"".join(self.parts)}</div>'


async def conversation() -> str:
    """Half a year of rounds, and then the one that is shown."""
    clock = StillClock(datetime(2026, 5, 11, 9, 0, tzinfo=UTC))
    async with BotApiServer(TOKEN) as server:
        with tempfile.TemporaryDirectory() as folder:
            async with open_database(f"sqlite+aiosqlite:///{folder}/pictures.db") as database:
                vault = Vault(new_secret_key())
                await prepare(database, vault, clock())
                telegram = Telegram(TOKEN, server.url, clock)
                house = build(database, vault, [telegram], clock, "nl", "Europe/Amsterdam")
                listening = asyncio.create_task(telegram.listen(house.conversation.hear))
                sanne = server.person()
                await _joins(sanne)
                await _lives_through(sanne, clock, house.sending.tick)
                album = Album(sanne)
                await _shown(album, house.sending.tick)
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


async def _lives_through(sanne: Person, clock: StillClock, tick: Tick) -> None:
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


async def _next_moment(clock: StillClock) -> datetime:
    """The next Tuesday or Thursday, half past nine in Amsterdam."""
    day = clock() + timedelta(days=1)
    while day.isoweekday() not in (2, 4):
        day += timedelta(days=1)
    here = StillClock()
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


def photograph(page: str, target: Path) -> None:
    """Has Chromium draw the page, as high as it is, at twice the size of a phone's pixels."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("the pictures need Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(f'<!doctype html><meta charset="utf-8">{page}')
        options = (
            "--headless --no-sandbox --disable-gpu --hide-scrollbars --disable-sync "
            "--no-first-run --disable-background-networking --disable-component-update "
            "--force-device-scale-factor=2"
        )
        command = [chromium, *options.split(), f"--user-data-dir={folder}/profile"]
        command += [f"--window-size={WIDTH},1400", f"--screenshot={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    _trim(target)


def _trim(target: Path) -> None:
    """Cuts off what lies below the last message."""
    from PIL import Image, ImageChops

    with Image.open(target) as image:
        drawn = image.convert("RGB")
    ground = Image.new("RGB", drawn.size, drawn.getpixel((0, 0)))
    box = ImageChops.difference(drawn, ground).getbbox()
    bottom = box[3] + 28 if box else drawn.height
    drawn.crop((0, 0, drawn.width, bottom)).quantize(160).save(target, optimize=True)


def main() -> None:
    """Draws docs/conversation.png."""
    set_up_logs("ERROR", "console", [])
    photograph(asyncio.run(conversation()), FOLDER / "conversation.png")


if __name__ == "__main__":
    main()

"""docs/pages/: what leads, trainers and members see on the pages, in the journeys of the tests."""

import asyncio
import io
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Page as Tab
from playwright.async_api import ViewportSize, expect

from bot.app import BuildOptions, build
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.web.server import bind_port
from tests.support.fakes import FixedClock
from tests.web.chromium.conftest import World, world_on
from tests.web.test_team_poster import InvitingChannel
from tools.docs.camera import chromium_path
from tools.docs.gallery import DOCS, DRAWN, digest_of, metadata, publish, stored_digest

FOLDER = Path("pages")
PHONE, DESK = ViewportSize(width=390, height=760), ViewportSize(width=900, height=800)
COLOURS = 96
# Where what would be shown in part begins, or the end of what is shown.
WHOLE = """() => Math.floor(Math.min(innerHeight, ...[...document.querySelectorAll('main *')]
  .filter(element => !element.childElementCount)
  .map(element => element.getBoundingClientRect())
  .filter(box => box.height && box.top < innerHeight && box.bottom > innerHeight)
  .map(box => box.top - 8)))"""
CODE = re.compile(r"\b[A-Z2-9]{10}\b|\b[A-Z2-9]{4,5}-[A-Z2-9]{4,5}\b")  # another one each time


async def tell(world: World) -> AsyncIterator[tuple[str, Tab]]:
    """Lives through the journeys; yields the name of each picture, and the page that it shows."""
    async with _signed_in(world, DESK) as tab:
        async for shot in _lead(world, tab):
            yield shot
        async for shot in _trainer(world, tab):
            yield shot
    async with _signed_in(world, PHONE) as tab:
        await tab.goto(world.url("diary"))
        await tab.locator("#words").fill("BAKKER")
        await tab.locator("#words").press("Enter")
        await expect(tab.get_by_role("main")).to_contain_text("De bakker wist meer dan wij.")
        yield "found", tab
        await tab.goto(world.url("team/987654"))
        await expect(tab.get_by_role("heading", level=1)).to_have_text("Deze pagina is er niet")
        yield "other-lead", tab


async def _lead(world: World, tab: Tab) -> AsyncIterator[tuple[str, Tab]]:
    await tab.goto(world.url(f"team/{(await world.team.row()).id}/invitations"))
    await tab.get_by_role("button", name="Nieuwe uitnodiging maken").press("Enter")
    await tab.get_by_role("button", name="Poster om te printen").press("Enter")
    await expect(tab.get_by_role("heading", level=1)).to_contain_text("Doe mee met Griffie")
    yield "poster", tab


async def _trainer(world: World, tab: Tab) -> AsyncIterator[tuple[str, Tab]]:
    other = await tab.context.new_page()
    for each in (tab, other):
        await each.goto(world.url("sets/lef/edit/1"))
        await expect(each.locator("#task_nl")).to_be_visible()
    await tab.locator("#task_nl").fill("Vraag vandaag iets aan de bakker. Dat wordt vaak vergeten.")
    await expect(tab.locator("#looks")).to_contain_text("“wordt vaak vergeten” is lijdend.")
    await tab.locator("#preview").scroll_into_view_if_needed()
    await tab.evaluate("document.querySelector('#preview').scrollIntoView()")
    yield "editor", tab
    await tab.get_by_role("button", name="Bewaar", exact=True).press("Enter")
    await expect(tab.get_by_role("status").first).to_contain_text("Bewaard in het concept.")
    await other.locator("#task_nl").fill("Vraag vandaag iets aan de slager.")
    await other.get_by_role("button", name="Bewaar", exact=True).press("Enter")
    await expect(other.get_by_role("alert")).to_contain_text("Iemand anders bewaarde")
    yield "two-trainers", other
    await tab.goto(world.url("programmes"))
    await tab.locator("#olievlek-in-6-weken-c2-down").press("Enter")
    await expect(tab.get_by_role("status")).to_contain_text("op plaats 1 van 3 in week 2")
    await tab.locator("#olievlek-in-6-weken-w1").scroll_into_view_if_needed()
    await tab.evaluate("document.querySelector('#olievlek-in-6-weken').scrollIntoView()")
    yield "order", tab


@asynccontextmanager
async def _signed_in(world: World, viewport: ViewportSize) -> AsyncIterator[Tab]:
    async with world.browser(viewport=viewport, locale="nl-NL") as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        yield tab


async def digest_of_page(tab: Tab) -> str:
    """Returns the digest of what a page says, without the code of an invitation."""
    return digest_of(CODE.sub("", await tab.get_by_role("main").inner_text()))


async def stale(world: World) -> list[str]:
    """Returns the pictures in docs/ that show something else than the pages do now."""
    return [
        name
        async for name, tab in tell(world)
        if stored_digest(DOCS / FOLDER / f"{name}.png") != await digest_of_page(tab)
    ]


async def _screenshot(tab: Tab) -> bytes:
    """Returns a picture that ends where no line is cut."""
    width, height = await tab.evaluate("innerWidth"), await tab.evaluate(WHOLE)
    return await tab.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height})


async def _draw() -> list[Path]:
    clock, vault, channel = FixedClock(), Vault(new_secret_key()), InvitingChannel()
    drawn = []
    with tempfile.TemporaryDirectory() as folder, bind_port("127.0.0.1", 0) as port:
        address = f"http://127.0.0.1:{port.getsockname()[1]}"
        async with open_database(f"sqlite+aiosqlite:///{folder}/pages.db") as database:
            await prepare(database, vault, clock())
            application = build(database, vault, [channel], clock, BuildOptions(pages=address))
            async with world_on(application, channel, clock, port, chromium_path()) as world:
                async for name, tab in tell(world):
                    picture, target = await _screenshot(tab), FOLDER / f"{name}.png"
                    digest = await digest_of_page(tab)
                    with Image.open(io.BytesIO(picture)) as image:
                        small = image.convert("RGB").quantize(COLOURS)
                        small.save(DRAWN / target, optimize=True, pnginfo=metadata(digest))
                    drawn.append(target)
    return drawn


def main() -> None:
    """Draws the pages."""
    (DRAWN / FOLDER).mkdir(parents=True, exist_ok=True)
    publish(asyncio.run(_draw()))


if __name__ == "__main__":
    main()

"""docs/web-chat.png: the page of the chat in a browser, on a phone, with a round that was done."""

import asyncio
import io
import tempfile
from contextlib import suppress
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from bot.app import BuildOptions, build
from bot.channels.web import NAME
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.web.server import Ports, bind_port, serve
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tools.docs.camera import OPTIONS, chromium_path
from tools.docs.gallery import DRAWN, digest_of, metadata, publish

PICTURE = Path("web-chat.png")
PHONE = {"width": 360, "height": 640}
COLOURS = 64
WORDS = "De bakker wist meer dan wij."


async def tell(tab: Page, address: str) -> list[str]:
    """Begins a chat, does a round, and returns what stands in it; the newest is in sight."""
    log = tab.get_by_role("log")
    await tab.goto(f"{address}/chat")
    for label, answer in (
        ("Begin", "In welke taal"),
        ("Nederlands", "Wanneer mag ik"),
        ("Elke werkdag om 9:00", "elke werkdag om 9:00"),
        ("Nu meteen een uitdaging", "Lef:"),
        ("Gedaan", "gedaan is gedaan"),
    ):
        await tab.get_by_role("button", name=label).last.click()
        await expect(log).to_contain_text(answer)
    await tab.get_by_label("Schrijf een bericht").fill(WORDS)
    await tab.get_by_role("button", name="Verstuur", exact=True).click()
    await expect(log).to_contain_text("Je reeks: 1 ronde")
    await expect(tab.locator(".chat-row--sending")).to_have_count(0)
    await tab.get_by_role("heading", name="Olievlek").click()  # the field is not in use
    return await tab.locator(".chat-text").all_text_contents()


async def _draw() -> None:
    clock, vault = FixedClock(), Vault(new_secret_key())
    with tempfile.TemporaryDirectory() as folder, bind_port("127.0.0.1", 0) as port:
        address = f"http://127.0.0.1:{port.getsockname()[1]}"
        async with open_database(f"sqlite+aiosqlite:///{folder}/chat.db") as database:
            await prepare(database, vault, clock())
            channel = WebChat(clock, StoredMailbox(database, vault, NAME, clock), address)
            options = BuildOptions(pages=address, inbox_limits=NO_LIMITS)
            application = build(database, vault, [channel], clock, options)
            assert application.site is not None
            async with listening(application, channel), async_playwright() as playwright:
                pages = serve(Ports(port), {}, {}, application.site.application())
                serving = asyncio.create_task(pages)
                browser = await playwright.chromium.launch(
                    executable_path=chromium_path(), args=OPTIONS.split()[1:]
                )
                tab = await browser.new_page(
                    viewport=PHONE,  # type: ignore[arg-type] # a TypedDict
                    device_scale_factor=2,
                    locale="nl-NL",
                )
                said = await tell(tab, address)
                picture = await tab.screenshot()
                await browser.close()
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving
    with Image.open(io.BytesIO(picture)) as image:
        small = image.convert("RGB").quantize(COLOURS)
        small.save(DRAWN / PICTURE, optimize=True, pnginfo=metadata(digest_of(said)))


def main() -> None:
    """Draws the page."""
    DRAWN.mkdir(parents=True, exist_ok=True)
    asyncio.run(_draw())
    publish([PICTURE])


if __name__ == "__main__":
    main()

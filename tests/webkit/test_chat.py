"""The story of the chat in WebKit, on a bot that serves its pages on loopback.

In English: this browser asks for the language of the machine, of which Debian may have one alone.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn

from bot.app import Application
from bot.web.server import HttpServer
from tests.conftest import cannot_start
from tests.support.certificates import certify
from tests.web.chat.conftest import invitation
from tests.web.chromium.conftest import Listener, listener
from tests.web.chromium.test_chat import application
from tests.webkit.driver import window

__all__ = ["application", "listener"]  # fixtures

WORDS = "The baker knew more than we did."
PIN = "2580"
OWN = "return [...document.querySelectorAll('.chat-row--own .chat-text')].map(row => row.innerText)"


@pytest.fixture
def address(listener: Listener) -> str:
    """Where the pages are: WebKit keeps a cookie that is secure over TLS alone."""
    return f"https://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
async def serving(
    application: Application, listener: Listener, tmp_path: Path
) -> AsyncIterator[None]:
    """The pages on a port, with a certificate that nobody vouches for."""
    assert application.site is not None
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certify(certificate, key)
    config = uvicorn.Config(
        application.site.application(),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        lifespan="off",
        log_config=None,
    )
    task = asyncio.create_task(HttpServer(config).serve([listener]))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.usefixtures("serving")
@pytest.mark.timeout(150)
async def test_from_an_invitation_to_a_kept_reflection_and_a_lock(
    application: Application, address: str, tmp_path: Path
) -> None:
    driver, xvfb = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    if driver is None or xvfb is None:
        cannot_start("WebKit", FileNotFoundError("WebKitWebDriver, or Xvfb"))
    code = await invitation(application)
    async with window(driver, xvfb) as page:
        await page.opens(f"{address}/chat/{code}")
        await page.presses("Begin")
        await page.sees("You are now part of Griffie")
        await page.presses("English")
        await page.presses("Every workday at 9:00")
        await page.presses("A challenge right now")
        await page.sees("Daring:")
        await page.presses("Done")
        await page.sees("done is done")
        await page.types("#text", WORDS)
        await page.clicks("css selector", ".chat-send")
        await page.sees("Your streak: 1 round.")
        picture = tmp_path / "webkit.png"
        picture.write_bytes(await page.screenshot())
        await page.opens(f"{address}/chat")
        await page.sees(WORDS)
        assert await page.runs(OWN) == [WORDS]

        await page.opens(f"{address}/chat/browsers")
        await page.clicks("css selector", "details summary")
        await page.types("#pin", PIN)
        await page.types("#again", PIN)
        await page.presses("Put the lock on")
        await page.presses("Lock now")
        await page.sees("This conversation is locked")
        assert await page.runs("return document.title") == "Olievlek"
        await page.types("#pin", PIN)
        await page.presses("Open the conversation")
        await page.sees(WORDS)

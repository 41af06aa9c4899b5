"""WebKit (GTK), driven by W3C WebDriver, on a display that nobody sees."""

import asyncio
import base64
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # as the standard names it
PATIENCE = 15.0
LOOK_SECONDS = 0.05
SMALL_PHONE = {"width": 360, "height": 640}
SCREEN = ("-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1280x1024x24")


@dataclass(frozen=True, slots=True)
class Page:
    """A window of WebKit.

    Attributes:
        http: the driver, with the address of its session.
    """

    http: httpx.AsyncClient

    async def asks(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - what JSON holds
        """Sends a command; returns its value.

        Raises:
            AssertionError: the driver refuses it.
        """
        answer = await self.http.request(method, path, json=body if method == "POST" else None)
        value = answer.json()["value"]
        assert answer.is_success, value
        return value

    async def opens(self, url: str) -> None:
        """Opens a page, and waits until it is there."""
        await self.asks("POST", "url", url=url)

    async def runs(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - as above
        """Returns what a script returns."""
        return await self.asks("POST", "execute/sync", script=script, args=arguments)

    async def sees(self, words: str) -> None:
        """Waits until the page says something."""
        try:
            async with asyncio.timeout(PATIENCE):
                while words not in await self.runs("return document.body.innerText"):
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            text = await self.runs("return location.href + '\\n' + document.body.innerText")
            raise AssertionError(f"never seen: {words}\n{text}") from None

    async def presses(self, words: str) -> None:
        """Presses the last button that says something, as soon as there is one."""
        await self.clicks("xpath", f'(//button[contains(., "{words}")])[last()]')

    async def clicks(self, using: str, value: str) -> None:
        """Clicks on an element, as soon as it is there."""
        await self.asks("POST", f"element/{await self._finds(using, value)}/click")

    async def types(self, css: str, text: str) -> None:
        """Types into a field."""
        found = await self._finds("css selector", css)
        await self.asks("POST", f"element/{found}/value", text=text)

    async def screenshot(self) -> bytes:
        """Returns what is seen, as PNG."""
        return base64.b64decode(await self.asks("GET", "screenshot"))

    async def _finds(self, using: str, value: str) -> str:
        async with asyncio.timeout(PATIENCE):
            while not (found := await self.asks("POST", "elements", using=using, value=value)):
                await asyncio.sleep(LOOK_SECONDS)
        return str(found[0][ELEMENT])


@asynccontextmanager
async def window(driver: str, xvfb: str) -> AsyncIterator[Page]:
    """Starts WebKit and what drives it, and yields a small window.

    Args:
        driver: the path of WebKitWebDriver, which brings MiniBrowser.
        xvfb: the path of Xvfb.
    """
    async with _running(xvfb, *SCREEN) as display:
        assert display.stdout is not None
        async with asyncio.timeout(PATIENCE):
            number = (await display.stdout.readline()).decode().strip()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        variables = {"DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}
        driven = _running(driver, f"--port={port}", **variables)
        address = f"http://127.0.0.1:{port}"
        async with driven, httpx.AsyncClient(base_url=address, timeout=60) as http:
            session = await _session(http)
            http.base_url = httpx.URL(f"{address}/session/{session}/")
            page = Page(http)
            try:
                await page.asks("POST", "window/rect", **SMALL_PHONE)
                yield page
            finally:
                await page.asks("DELETE", "")


async def _session(http: httpx.AsyncClient) -> str:
    """Returns the id of a new session, as soon as the driver listens."""
    wanted = {"browserName": "MiniBrowser", "acceptInsecureCerts": True}
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(httpx.ConnectError):
                answer = await http.post("session", json={"capabilities": {"alwaysMatch": wanted}})
                return str(answer.raise_for_status().json()["value"]["sessionId"])
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _running(*command: str, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a program with its children, and ends them all."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **variables},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()

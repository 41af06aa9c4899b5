"""Pages are loaded when somebody first asks for one."""

import asyncio
import subprocess
import sys
import threading

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from structlog.testing import capture_logs

from bot.web.loaded_later import LoadedLater


def test_the_pages_are_not_loaded_with_the_program() -> None:
    program = "import sys, bot.app; print(*(name for name in sys.modules if 'jinja2' in name))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout.split() == []


async def test_requests_that_come_at_once_load_it_once() -> None:
    loaded = 0

    def load() -> ASGIApp:
        nonlocal loaded
        loaded += 1
        return PlainTextResponse("here")

    transport = httpx.ASGITransport(LoadedLater(load))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as browser:
        answers = await asyncio.gather(*(browser.get("/") for _ in range(5)))
    assert [answer.text for answer in answers] == ["here"] * 5
    assert loaded == 1


async def test_what_could_not_be_loaded_is_tried_again_later() -> None:
    attempts = 0

    def load() -> ASGIApp:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise RuntimeError("a secret")
        return PlainTextResponse("here")

    for retry_seconds, tried, status in ((60.0, 1, 503), (0.0, 2, 200)):
        attempts = 0
        app = LoadedLater(load, retry_seconds)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://pages") as browser:
            with capture_logs() as logged:
                answers = [await browser.get("/") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503, status, status]
        assert attempts == tried
        assert [line["event"] for line in logged] == ["the pages cannot be loaded"]
        assert "a secret" not in str(logged)


async def test_whoever_asked_first_may_go_while_it_is_loaded() -> None:
    begun, goes_on, loaded = threading.Event(), threading.Event(), []

    def load() -> ASGIApp:
        begun.set()
        goes_on.wait(10)
        loaded.append(1)
        return PlainTextResponse("here")

    transport = httpx.ASGITransport(LoadedLater(load))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as browser:
        first = asyncio.create_task(browser.get("/"))
        await asyncio.to_thread(begun.wait)
        first.cancel()
        second = asyncio.create_task(browser.get("/"))
        await asyncio.sleep(0)
        goes_on.set()
        assert (await second).text == "here"
    assert loaded == [1]

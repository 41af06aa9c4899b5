"""Pages are loaded when somebody first asks for one."""

import asyncio
import subprocess
import sys

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

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


async def test_what_could_not_be_loaded_is_tried_again() -> None:
    faults = [MemoryError()]

    def load() -> ASGIApp:
        if faults:
            raise faults.pop()
        return PlainTextResponse("here")

    transport = httpx.ASGITransport(LoadedLater(load))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as browser:
        with pytest.raises(MemoryError):
            await browser.get("/")
        assert (await browser.get("/")).text == "here"

"""A certified provider, and somebody who signs in there on its own pages."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from bot.app import Application, BuildOptions, build, now
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.web.organisation.provider import Client, Provider
from tests.conftest import cannot_start
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.paths import PROJECT
from tests.web.conftest import ADDRESS, Browser, new_browser

MODULES = PROJECT / "build" / "oidc"  # where `make test-oidc` has npm put them
SCRIPT = "provider.mjs"
CLIENT, SECRET = "olievlek", "a secret: with % and +"


@dataclass
class Certified:
    """The provider.

    Attributes:
        issuer: its address.
        process: Node, with `provider.mjs`.
    """

    issuer: str
    process: asyncio.subprocess.Process

    async def gives(self, **roles: list[str]) -> None:
        """Has the claim of each of these people hold these roles from now on."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps({'roles': roles})}\n".encode())
        await self.process.stdout.readline()


@pytest.fixture(scope="session")
def script() -> Path:
    """The provider's script, beside the modules that it loads."""
    if not (MODULES / "node_modules" / "oidc-provider").is_dir():
        cannot_start("oidc-provider", FileNotFoundError("run `make test-oidc` once"))
    # Node looks for modules beside the script. Another process may be reading the last copy.
    copy = MODULES / f"{SCRIPT}.{os.getpid()}"
    shutil.copyfile(Path(__file__).with_name(SCRIPT), copy)
    return copy.replace(MODULES / SCRIPT)


@pytest.fixture
async def certified(script: Path) -> AsyncIterator[Certified]:
    """The provider, with Node from npm, else that of the machine."""
    brought = next((MODULES / "node_modules").glob("node-*/bin/node"), None)
    node = str(brought) if brought else shutil.which("node")
    if node is None:
        cannot_start("oidc-provider", FileNotFoundError("node"))
    process = await asyncio.create_subprocess_exec(
        node,
        str(script),
        *(CLIENT, SECRET, f"{ADDRESS}/web/organisation/callback"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        async with asyncio.timeout(30):
            began = json.loads(await process.stdout.readline())
        yield Certified(began["issuer"], process)
    finally:
        process.stdin.close()  # at which it ends
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@pytest.fixture
def clock() -> FixedClock:
    """The present: the provider has a clock of its own."""
    return FixedClock(now())


@pytest.fixture
def application(
    database: Database,
    vault: Vault,
    fake_channel: FakeChannel,
    clock: FixedClock,
    certified: Certified,
) -> Application:
    """The application, at which people sign in at this provider."""
    client = Client(certified.issuer, CLIENT, SECRET, roles_claim="roles")
    options = BuildOptions(pages=ADDRESS, provider=Provider(client))
    return build(database, vault, [fake_channel], clock, options)


@dataclass
class Person:
    """Somebody at a browser.

    Attributes:
        name: with which they sign in.
        browser: theirs, at the bot.
        http: the same browser, at the provider.
    """

    name: str
    browser: Browser
    http: httpx.AsyncClient

    async def signs_in(self, *, agrees: bool = True) -> str:
        """Goes from the bot to the provider, through its pages, and back; what they read then."""
        sent = await self.browser.http.get("/web/organisation")
        where, data = str(sent.headers["location"]), None
        for _ in range(20):
            answer = await self.http.request("POST" if data else "GET", where, data=data)
            data = None
            if answer.is_redirect:
                where = urljoin(where, answer.headers["location"])
                if where.startswith(ADDRESS):
                    return await self.comes_back(where)
                continue
            assert answer.status_code == 200, answer.text
            action = re.search(r'<form[^>]* action="([^"]+)" method="post"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            if not agrees or action is None or prompt is None:
                abort = re.search(r'href="([^"]+/abort)"', answer.text)
                assert abort is not None, answer.text
                where = urljoin(where, abort[1])
                continue
            where = urljoin(where, action[1])
            data = {"prompt": prompt[1], "login": self.name, "password": "x"}
        raise AssertionError(f"still at {where}")

    async def comes_back(self, url: str) -> str:
        """Opens the address that the provider sent them to."""
        self.browser.page = await self.browser.http.get(url, follow_redirects=True)
        return self.browser.text


@pytest.fixture
async def colleague(application: Application) -> AsyncIterator[Person]:
    """Somebody who works at the organisation."""
    assert application.site is not None
    site = application.site.application()
    async with new_browser(site) as own, httpx.AsyncClient() as http:
        yield Person("sanne", Browser(own), http)

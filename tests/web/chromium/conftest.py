"""Chromium on the pages of a bot that serves them on loopback, with a team that has been at it."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page, async_playwright

from bot.app import Application, BuildOptions, build
from bot.store.db.engine import Database
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.schema.teams import Role
from bot.web.server import Ports, serve
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.web.conftest import link_in
from tests.web.mini_apps import MINI_APP
from tools.docs.camera import OPTIONS

Listener = socket.socket


@dataclass
class World:
    """A bot whose pages can be opened, and somebody who may open all of them.

    Attributes:
        application: the bot.
        address: where its pages are.
        sanne: a member who leads the team, and is a trainer and an admin.
        team: her team.
        chromium: the browser.
    """

    application: Application
    address: str
    sanne: FakeMember
    team: Team
    chromium: Chromium

    @asynccontextmanager
    async def browser(self, **options: object) -> AsyncIterator[BrowserContext]:
        """A browser of its own, with its cookies; `options` are Playwright's for a context."""
        context = await self.chromium.new_context(**options)  # type: ignore[arg-type]
        try:
            yield context
        finally:
            await context.close()

    async def sign_in(self, page: Page, person: FakeMember, to: str = "") -> None:
        """Signs a page in with a link from the chat, by keyboard alone."""
        await person.says("/web")
        link = link_in(person.last.text)
        await page.goto(link + (f"?to={to}" if to else ""))
        async with page.expect_navigation(url=lambda url: "/sign-in/" not in url):
            await page.get_by_role("main").get_by_role("button").press("Enter")

    def url(self, path: str) -> str:
        """The address of a page below `/web/`."""
        return f"{self.address}/web/{path}"


@pytest.fixture
def chromium(request: pytest.FixtureRequest, chromium: str) -> str:
    """Where the browser is: Debian's Chromium without a window of its own, where that is installed.

    It takes a third less. A test that is about more than pages asks for all of it, by the mark
    `whole_browser`.
    """
    if request.node.get_closest_marker("whole_browser"):
        return chromium
    return shutil.which("chromium-headless-shell") or chromium


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A free port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@pytest.fixture
def address(listener: Listener) -> str:
    """Where the pages are."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def application(
    database: Database, vault: Vault, fake_channel: FakeChannel, clock: FixedClock, address: str
) -> Application:
    """The application with pages on that port."""
    options = BuildOptions(pages=address, mini_app=MINI_APP)
    return build(database, vault, [fake_channel], clock, options)


@pytest.fixture
async def world(
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
    listener: Listener,
    chromium: str,
) -> AsyncIterator[World]:
    """A team with a lead, five members, some rounds and a reflection."""
    async with world_on(application, fake_channel, clock, listener, chromium) as opened:
        yield opened


@asynccontextmanager
async def world_on(
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
    listener: Listener,
    chromium: str,
) -> AsyncIterator[World]:
    """That team, its pages on a port, and a browser."""
    host, port = listener.getsockname()[:2]
    team = Team(application, fake_channel, clock)
    await team.begins()
    sanne = await team.member("sanne")
    await team.led_by(sanne)
    async with application.database.transaction() as session:
        for role in (Role.TRAINER, Role.ADMIN):
            await roles.grant(session, sanne.address.pair, role, None, clock())
    await team.of(4)
    await sanne.round("Gedaan", "De bakker wist meer dan wij.")
    async with chromium_on(application, listener, chromium) as browser:
        yield World(application, f"http://{host}:{port}", sanne, team, browser)


@asynccontextmanager
async def chromium_on(
    application: Application, listener: Listener, chromium: str
) -> AsyncIterator[Chromium]:
    """Serves the pages of a bot on a port, and starts a browser."""
    assert application.site is not None
    serving = asyncio.create_task(serve(Ports(listener), {}, {}, application.site.application()))
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=OPTIONS.split()[1:]
            )
            yield browser
            await browser.close()
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

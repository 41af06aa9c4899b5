"""A browser without pictures or scripts, on the pages of a real application."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import ASGIApp

from bot.app import Application, BuildOptions
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.web.mini_apps import MINI_APP

ADDRESS = "https://olievlek.test"


@dataclass
class Browser:
    """A browser on the pages, signed in or not.

    Attributes:
        http: the client, with its cookies.
        page: the answer to the last request.
    """

    http: httpx.AsyncClient
    page: httpx.Response | None = None

    @property
    def html(self) -> str:
        """What the page says, with its tags."""
        assert self.page is not None
        return self.page.text

    @property
    def url(self) -> str:
        """The address of the page that is open."""
        assert self.page is not None
        return str(self.page.url)

    @property
    def text(self) -> str:
        """What the page says, without its tags."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    async def opens(self, path: str, status: int = 200) -> str:
        """Opens a page below `/web/`, and returns its text."""
        self.page = await self.http.get(f"/web/{path}", follow_redirects=True)
        assert self.page.status_code == status, (path, self.page.status_code, self.text[:500])
        return self.text

    async def posts(self, path: str, status: int = 200, **fields: object) -> str:
        """Fills in the form on the page that is open, and returns the text that follows."""
        key = re.search(r'name="form_key" value="([0-9a-f]+)"', self.html)
        data = {"form_key": key[1] if key else "", **fields}
        headers = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
        self.page = await self.http.post(
            f"/web/{path}", data=data, headers=headers, follow_redirects=True
        )
        assert self.page.status_code == status, (path, self.page.status_code, self.text[:500])
        return self.text

    async def signs_in(self, person: FakeMember, to: str = "") -> str:
        """Asks for a link in the chat, opens it and presses its button."""
        await person.says("/web")
        link = urlsplit(link_in(person.last.text))
        where = link.path.removeprefix("/web/") + (f"?to={to}" if to else "")
        await self.opens(where)
        return await self.posts(where)


def link_in(text: str) -> str:
    """Returns the link in a message."""
    found = re.search(r"https?://\S+", text)
    assert found, text
    return found[0]


@pytest.fixture
def build_options() -> BuildOptions:
    """The application has pages."""
    return BuildOptions(pages=ADDRESS, mini_app=MINI_APP)


@pytest.fixture
async def team(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> Team:
    """A team called Griffie, on Monday 23 November."""
    created = Team(application, fake_channel, clock)
    await created.begins()
    return created


@pytest.fixture
def site(application: Application) -> ASGIApp:
    """The pages."""
    assert application.site is not None
    return application.site.application()


@pytest.fixture
async def browser(site: ASGIApp) -> AsyncIterator[Browser]:
    """A browser that is not signed in."""
    async with new_browser(site) as http:
        yield Browser(http)


def new_browser(site: ASGIApp) -> httpx.AsyncClient:
    """Returns the client of another browser."""
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0"
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(site), base_url=ADDRESS, headers={"User-Agent": agent}
    )


@pytest.fixture
async def signed_in(browser: Browser, member: FakeMember) -> Browser:
    """A browser in which `member` is signed in."""
    await browser.signs_in(member)
    return browser

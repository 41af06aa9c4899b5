"""The pages for who signs in at the organisation, in Chromium: the button, and the code to type."""

from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Route, async_playwright
from starlette.types import ASGIApp

from tests.support.oidc import ToyProvider
from tests.web.chromium.looks import DESKTOP, PHONE, look_at
from tests.web.conftest import ADDRESS, Browser, new_browser
from tests.web.organisation import Desk, application, provider
from tools.docs.camera import OPTIONS

__all__ = ["application", "provider"]  # fixtures

LONG = "annemarie.van-der-hoogenband-schoonderwoerd@gemeente-met-een-lange-naam.example.org"
CODE = "getComputedStyle(document.querySelector('.olievlek-code'))"
# A link that looks like a button has its words in the middle, as a button does.
OFF_CENTRE = """() => [...document.querySelectorAll('a.nl-button')].filter(link => {
  const range = document.createRange();
  range.selectNodeContents(link);
  const words = range.getBoundingClientRect(), box = link.getBoundingClientRect();
  return Math.abs(words.top + words.bottom - box.top - box.bottom) > 4;
}).length"""


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("nl", "dark", PHONE), ("en", "light", DESKTOP)]
)
async def test_axe_finds_nothing_on_the_pages_of_the_organisation(
    site: ASGIApp, provider: ToyProvider, chromium: str, language: str, scheme: str, width: int
) -> None:
    provider.person = {"sub": "4711", "email": LONG}
    found: list[str] = []
    async with (
        async_playwright() as playwright,
        new_browser(site) as own,
        httpx.AsyncClient() as to,
    ):
        own.headers["Accept-Language"] = language

        async def answer(route: Route) -> None:
            """Has the bot answer as if it were at its address."""
            given = await own.get(route.request.url.removeprefix(ADDRESS))
            headers, body = dict(given.headers), given.content
            await route.fulfill(status=given.status_code, headers=headers, body=body)

        browser = await playwright.chromium.launch(
            executable_path=chromium, args=OPTIONS.split()[1:]
        )
        tab = await browser.new_page(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 640},
        )
        await tab.route(f"{ADDRESS}/**", answer)
        await tab.goto(f"{ADDRESS}/web/")
        assert await tab.locator("a.nl-button--primary").count() == 1
        assert await tab.evaluate(OFF_CENTRE) == 0
        found += await look_at(tab, "web/")
        await tab.goto(f"{ADDRESS}{await _sent_back(Desk(Browser(own), provider, to))}")
        assert await tab.locator("a.nl-button--primary").count() == 1
        assert await tab.evaluate(OFF_CENTRE) == 0
        found += await look_at(tab, "web/organisation/callback")
        assert await tab.evaluate(f"{CODE}.userSelect") == "all"  # one tap takes the whole line
        assert await tab.evaluate(f"parseInt({CODE}.fontSize)") >= 20
        await browser.close()
    assert found == []


async def _sent_back(desk: Desk) -> str:
    """Signs in at the organisation; returns where the bot is asked, without its address."""
    url = urlsplit(await desk.is_sent_back())
    return f"{url.path}?{url.query}"

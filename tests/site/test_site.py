"""The website in Chromium: what axe finds, on a phone, what the search finds, and whom it asks."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, ConsoleMessage, Request
from playwright.async_api import Page as Tab

from tests.web.chromium.looks import DESKTOP, PHONE, faults, is_too_wide
from tests.web.chromium.test_accessibility import LOOKS

LANGUAGES = {"nl": "", "en": "en/"}
# Some of each kind: the start, a tutorial, how-tos, reference, explanation, a paper, and pages that
# are in the other language.
KINDS = (
    *("", "quickstart/", "operating/", "installing/", "runbook/", "leads/", "trainers/"),
    *("reference/command-line/", "reference/settings/", "reference/metrics/", "reference/chat/"),
    *("reference/set-format/", "roles/", "sets/", "streak/", "why/", "privacy/", "privacy/dpia/"),
    *("changelog/", "deploy/compose/"),
)

# axe wants a list that scrolls to have the focus. The field above it has it; the arrow keys choose.
BY_ARROW_KEYS = "scrollable-region-focusable"
# What Chromium says where a link to a heading is followed.
CHROMIUMS_OWN = "Autofocus processing was blocked"


@asynccontextmanager
async def opened(browser: Browser, address: str, **options: object) -> AsyncIterator[Tab]:
    """A tab that asks nobody but the website, and whose console stays empty."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    tab = await context.new_page()
    elsewhere: list[str] = []
    console: list[str] = []
    ours = (address, "data:", "blob:")

    def asked(request: Request) -> None:
        if not request.url.startswith(ours):
            elsewhere.append(request.url)

    def told(message: ConsoleMessage) -> None:
        if CHROMIUMS_OWN not in message.text:
            console.append(message.text)

    tab.on("request", asked)
    tab.on("console", told)
    tab.on("pageerror", lambda error: console.append(str(error)))
    yield tab
    await context.close()
    assert (elsewhere, console) == ([], [])


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
async def test_axe_finds_nothing_and_nobody_scrolls_sideways(
    browser: Browser, address: str, language: str, scheme: str, width: int
) -> None:
    found = []
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    async with opened(browser, address, **options) as tab:
        for path in KINDS:
            answer = await tab.goto(f"{address}/{LANGUAGES[language]}{path}")
            assert answer is not None and answer.status == 200, path
            assert await tab.get_attribute("html", "lang") == language
            found += await faults(tab)
            if await is_too_wide(tab):
                found.append(f"{path} is wider than {width} px")
    assert found == []


@pytest.mark.parametrize(
    ("language", "word", "width"), [("nl", "verhuizen", DESKTOP), ("en", "move", PHONE)]
)
async def test_the_search_finds(
    browser: Browser, address: str, language: str, word: str, width: int
) -> None:
    viewport = {"width": width, "height": 800}
    async with opened(browser, address, viewport=viewport) as tab:
        await tab.goto(f"{address}/{LANGUAGES[language]}")
        await tab.locator(".md-search__button, label[for=__search]").filter(visible=True).click()
        await tab.keyboard.type(word)
        path = f"{LANGUAGES[language]}operating/"
        await tab.locator(f"[role=option][href*='/{path}']").first.wait_for()
        assert [fault for fault in await faults(tab) if BY_ARROW_KEYS not in fault] == []
        await tab.keyboard.press("Enter")
        await tab.wait_for_url(re.compile(re.escape(f"{address}/{path}")))


async def test_the_same_page_is_one_click_away_in_the_other_language(
    browser: Browser, address: str
) -> None:
    async with opened(browser, address) as tab:
        await tab.goto(f"{address}/operating/")
        await tab.get_by_role("link", name="English", exact=True).click()
        await tab.wait_for_url(f"{address}/en/operating/")
        await tab.get_by_role("link", name="Nederlands", exact=True).click()
        await tab.wait_for_url(f"{address}/operating/")


async def test_a_page_in_another_language_says_so(browser: Browser, address: str) -> None:
    async with opened(browser, address) as tab:
        await tab.goto(f"{address}/why/")
        assert await tab.locator("[lang=en] h1").inner_text() == "Why this design"
        assert "alleen in het Engels" in await tab.locator("article").inner_text()

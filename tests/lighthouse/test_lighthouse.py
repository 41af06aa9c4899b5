"""Lighthouse on the chat and the main pages: accessible, good practice, and fast on a phone.

It looks as a phone on a slow network does. Its browser reaches nothing but this machine.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from bot.app import Application, BuildOptions, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.conftest import cannot_start
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.paths import PROJECT
from tests.web.chromium.conftest import World, address, listener, world

__all__ = ["address", "listener", "world"]  # fixtures

pytestmark = pytest.mark.timeout(0)

MODULES = PROJECT / "build" / "lighthouse"  # where `make lighthouse` has npm put it
WANTED = {"accessibility": 100, "best-practices": 100, "performance": 95}
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'"
)


@pytest.fixture
async def application(
    database: Database, vault: Vault, fake_channel: FakeChannel, clock: FixedClock, address: str
) -> AsyncIterator[Application]:
    """A bot with pages and with the chat."""
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), address)
    options = BuildOptions(pages=address, inbox_limits=NO_LIMITS)
    built = build(database, vault, [fake_channel, channel], clock, options)
    async with listening(built, channel):
        yield built


@pytest.fixture(scope="session")
def lighthouse() -> str:
    """The program that npm brought."""
    program = MODULES / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        cannot_start("Lighthouse", FileNotFoundError("lighthouse; run `make lighthouse`"))
    return str(program)


async def scores(
    lighthouse: str, chromium: str, url: str, cookies: str, report: Path
) -> tuple[dict[str, int], list[str]]:
    """What Lighthouse gives a page, of a hundred, and what it would have better."""
    headers = report.with_suffix(".headers.json")
    headers.write_text(json.dumps({"Cookie": cookies} if cookies else {}))
    process = await asyncio.create_subprocess_exec(
        lighthouse,
        url,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--extra-headers={headers}",
        f"--only-categories={','.join(WANTED)}",
        f"--chrome-flags={FLAGS}",
        env={"PATH": "/usr/bin:/bin", "CHROME_PATH": chromium, "HOME": str(report.parent)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    headers.unlink()  # it has the cookies
    assert process.returncode == 0, said.decode()
    found = json.loads(report.read_text())
    better = [
        f"{audit['id']}: {audit['title']} {audit.get('displayValue', '')}"
        for audit in found["audits"].values()
        if audit["score"] is not None and audit["score"] < 1
    ]
    given = {name: round(found["categories"][name]["score"] * 100) for name in WANTED}
    return given, better


async def test_lighthouse_has_little_to_say(
    world: World, lighthouse: str, chromium: str, tmp_path: Path
) -> None:
    reports = MODULES / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    found: list[str] = []
    async with world.browser(locale="nl-NL") as browser:
        pages = await main_pages(world, browser)
        browser_cookies = await browser.cookies(world.address)
        known = "; ".join(f"{each['name']}={each['value']}" for each in browser_cookies)
        print()
        for name, path in pages.items():
            cookies = "" if name == "chat-begin" else known
            url = f"{world.address}/{path}"
            report = reports / f"{name}.json"
            given, better = await scores(lighthouse, chromium, url, cookies, report)
            print(f"| {name} | {' | '.join(str(given[each]) for each in WANTED)} |")
            if any(given[each] < least for each, least in WANTED.items()):
                found += [f"{name} {given}: {each}" for each in better]
    assert found == []


async def main_pages(world: World, browser: BrowserContext) -> dict[str, str]:
    """Opens a chat and signs in; returns the paths of the pages that people see most."""
    page = await browser.new_page()
    await world.sign_in(page, world.sanne)
    await page.goto(f"{world.address}/chat")
    await page.get_by_role("button", name="Begin").click()
    await page.get_by_role("button", name="Nederlands").click()
    await page.get_by_role("button", name="Elke werkdag om 9:00").click()
    await page.get_by_role("button", name="Nu meteen een uitdaging").click()
    await page.get_by_text("Lef:").wait_for()
    await page.goto(f"{world.address}/chat?noted=1")
    team: Team = world.team
    return {
        "chat-begin": "chat",
        "chat": "chat",
        "home": "web/",
        "own": "web/own",
        "team": f"web/team/{(await team.row()).id}",
        "sets": "web/sets",
    }

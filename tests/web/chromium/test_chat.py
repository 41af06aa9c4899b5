"""The chat in Chromium: from an invitation to a kept reflection, with a script and without."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from bot.app import Application, BuildOptions, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.web.chat.conftest import invitation
from tests.web.chromium import picture
from tests.web.chromium.conftest import Listener, chromium_on
from tests.web.chromium.looks import DESKTOP, PHONE, look_at
from tools.docs.gallery import DOCS, digest_of, stored_digest

WORDS = "De bakker wist meer dan wij."
VISIBLE = """
state => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


@pytest.fixture
async def application(
    database: Database, vault: Vault, clock: FixedClock, address: str
) -> AsyncIterator[Application]:
    """A bot whose only channel is the chat in a browser."""
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), address)
    options = BuildOptions(pages=address, inbox_limits=NO_LIMITS)
    built = build(database, vault, [channel], clock, options)
    async with listening(built, channel):
        yield built


@dataclass
class Chats:
    """A bot with the chat, its address, and a browser."""

    application: Application
    address: str
    chromium: Chromium

    @asynccontextmanager
    async def tab(self, **options: object) -> AsyncIterator[Tab]:
        """A browser of its own, in which nothing may go wrong unseen."""
        context = await self.chromium.new_context(locale="nl-NL", **options)  # type: ignore[arg-type]
        tab = await context.new_page()
        console: list[str] = []
        tab.on("console", lambda message: console.append(message.text))
        tab.on("pageerror", lambda error: console.append(str(error)))
        try:
            yield tab
        finally:
            await context.close()
        assert console == []  # nothing that the policy forbids, and no error of the script


@pytest.fixture
async def chats(
    application: Application, listener: Listener, address: str, chromium: str
) -> AsyncIterator[Chats]:
    """The bot on a port, and Chromium."""
    async with chromium_on(application, listener, chromium) as browser:
        yield Chats(application, address, browser)


async def press(tab: Tab, name: str) -> None:
    """Presses a button of the newest message that has it."""
    await tab.get_by_role("button", name=name).last.click()


async def says(tab: Tab, text: str) -> None:
    """Types something and sends it."""
    await tab.get_by_label("Schrijf een bericht").fill(text)
    await tab.get_by_role("button", name="Verstuur", exact=True).click()


async def sees(tab: Tab, words: str) -> None:
    """Waits until this stands in the conversation."""
    await expect(tab.get_by_role("log")).to_contain_text(words)


@pytest.mark.parametrize(
    ("script", "width", "scheme"), [(True, PHONE, "dark"), (False, PHONE, "light")]
)
async def test_from_an_invitation_to_a_kept_reflection(
    chats: Chats, script: bool, width: int, scheme: str
) -> None:
    """Five taps to the first challenge: begin, a language, a moment, now; and then two more."""
    found: list[str] = []
    code = await invitation(chats.application)
    viewport = {"width": width, "height": 640}
    async with chats.tab(java_script_enabled=script, viewport=viewport, color_scheme=scheme) as tab:
        await tab.goto(f"{chats.address}/chat/{code}")
        await press(tab, "Begin")
        await sees(tab, "Je hoort nu bij Griffie")
        await expect(tab.get_by_text("Je herstelcode")).to_be_visible()
        await press(tab, "Nederlands")
        await press(tab, "Elke werkdag om 9:00")
        await press(tab, "Nu meteen een uitdaging")
        await sees(tab, "Lef:")
        await press(tab, "Gedaan")
        await sees(tab, "gedaan is gedaan")
        await says(tab, WORDS)
        await sees(tab, "Je reeks: 1 ronde.")
        await tab.get_by_label("Menu").click()
        await press(tab, "/reeks")
        await expect(tab.get_by_role("img", name="Plaatje bij dit bericht")).to_be_visible()
        if script:
            found += await look_at(tab, "chat")
        await tab.reload()
        await sees(tab, WORDS)
        assert await tab.get_by_text(WORDS).count() == 2  # the bubble, and the field to change it
    assert found == []


async def test_axe_finds_nothing_on_any_page_of_the_chat(chats: Chats) -> None:
    found: list[str] = []
    viewport = {"width": DESKTOP, "height": 800}
    async with chats.tab(viewport=viewport) as tab:
        await tab.goto(f"{chats.address}/chat")
        found += await look_at(tab, "chat")
        await tab.goto(f"{chats.address}/chat/K7QF2MPXAB")
        found += await look_at(tab, "chat/{code}")
        await tab.goto(f"{chats.address}/chat/recover")
        found += await look_at(tab, "chat/recover")
        await press(tab, "Open mijn gesprek")  # a code is required
        await tab.goto(f"{chats.address}/chat")
        await press(tab, "Begin")
        await sees(tab, "In welke taal")
        found += await look_at(tab, "chat")
        await says(tab, "English")
        await sees(tab, "When may I")
        await tab.get_by_label("Change your message").first.click()
        found += await look_at(tab, "chat")
        await tab.keyboard.press("Escape")
        await tab.get_by_label("Menu").click()
        found += await look_at(tab, "chat")
        await tab.get_by_role("link", name="Devices").click()
        await press(tab, "Open on another phone")
        await expect(tab.get_by_role("img", name="QR code")).to_be_visible()
        for width in (DESKTOP, PHONE):
            await tab.set_viewport_size({"width": width, "height": 640})
            found += await look_at(tab, "chat/browsers")
        await tab.goto(str(await tab.locator(".chat-code").first.text_content()))
        found += await look_at(tab, "chat/move/{token}")
    assert found == []


async def test_it_is_live_in_two_tabs_and_by_keyboard_alone(
    chats: Chats, clock: FixedClock
) -> None:
    async with chats.tab(viewport={"width": DESKTOP, "height": 800}) as tab:
        await tab.goto(f"{chats.address}/chat")
        await tab.get_by_role("button", name="Begin").press("Enter")
        await sees(tab, "In welke taal")
        other = await tab.context.new_page()
        await other.goto(f"{chats.address}/chat")
        field = tab.get_by_label("Schrijf een bericht")
        await field.press_sequentially("Nederlands")
        await field.press("Enter")
        await sees(other, "Wanneer mag ik")
        await field.fill("ma-zo 9:30")
        await field.press("Shift+Enter")
        assert await field.input_value() == "ma-zo 9:30\n"
        await field.press("Enter")
        await sees(tab, "elke dag om 9:30")
        clock.goes_to(24, 11, 9, 30)
        assert await chats.application.nudge_sender.tick() == 1
        for each in (tab, other):
            await sees(each, "Lef:")
        await other.get_by_role("button", name="Gedaan").press("Enter")
        await sees(tab, "gedaan is gedaan")
        await expect(tab.get_by_role("button", name="Niet nu")).to_have_count(0)
        await tab.get_by_role("link", name="Antwoord hierop").press("Enter")
        await expect(field).to_be_focused()
        await field.fill("Nog iets.")
        await field.press("Enter")
        await sees(tab, "Bewaard bij")
        assert await tab.get_by_text("Nog iets.").count() == 2
        assert re.fullmatch(r"http://127.0.0.1:\d+/chat(\?.*|#.*)?", tab.url)


async def test_what_is_typed_without_a_network_goes_out_once(chats: Chats) -> None:
    context = await chats.chromium.new_context(locale="nl-NL")
    tab = await context.new_page()
    await tab.goto(f"{chats.address}/chat")
    await press(tab, "Begin")
    await sees(tab, "In welke taal")
    await context.set_offline(True)
    await says(tab, "Nederlands")
    await sees(tab, "Wacht op netwerk")
    await context.set_offline(False)
    await sees(tab, "Wanneer mag ik")
    assert await tab.locator(".chat-row--own").count() == 1
    await context.close()


async def test_erasure_is_seen_in_the_tab_itself(chats: Chats) -> None:
    async with chats.tab(viewport={"width": PHONE, "height": 640}) as tab:
        await tab.goto(f"{chats.address}/chat")
        await press(tab, "Begin")
        await press(tab, "Nederlands")
        await says(tab, "/vergeetmij")
        await press(tab, "Ja")
        await sees(tab, "Alles is gewist")
        await expect(tab.get_by_label("Schrijf een bericht")).to_have_count(0)
        await tab.reload()
        await expect(tab.get_by_text("Alles is gewist")).to_be_visible()
        await tab.reload()
        await expect(tab.get_by_role("heading", name="Praten met Olievlek")).to_be_visible()
        await expect(tab.get_by_role("alert")).to_have_count(0)


ANNOUNCED = """
() => {
  window.announced = [];
  new MutationObserver(changes => {
    for (const { addedNodes } of changes) for (const node of addedNodes) {
      const text = node.querySelector?.(".chat-text")?.textContent;
      if (text && !node.closest("[aria-live=off]")) window.announced.push(text);
    }
  }).observe(document.querySelector("[role=log]"), { childList: true, subtree: true });
}
"""


async def test_a_screen_reader_says_each_message_once_also_after_a_day_asleep(
    chats: Chats, clock: FixedClock
) -> None:
    async with chats.tab(viewport={"width": PHONE, "height": 640}) as tab:
        await tab.goto(f"{chats.address}/chat")
        await press(tab, "Begin")
        await press(tab, "Nederlands")
        await sees(tab, "Wanneer mag ik")
        await tab.evaluate(ANNOUNCED)
        await says(tab, "ma-zo 9:30")
        await sees(tab, "elke dag om 9:30")
        await tab.evaluate(VISIBLE, "hidden")  # the stream ends
        clock.goes_to(24, 11, 9, 30)
        assert await chats.application.nudge_sender.tick() == 1
        await tab.evaluate(VISIBLE, "visible")
        await sees(tab, "Lef:")
        await press(tab, "Gedaan")
        await sees(tab, "gedaan is gedaan")
        await expect(tab.get_by_role("button", name="Niet nu")).to_have_count(0)
        announced = await tab.evaluate("announced")
        await tab.evaluate(VISIBLE, "hidden")
        await tab.evaluate("Date.now = (now => () => now() + 3_700_000)(Date.now)")
        async with tab.expect_navigation():  # what went meanwhile is not told later
            await tab.evaluate(VISIBLE, "visible")
        await sees(tab, "gedaan is gedaan")
    for words in ("ma-zo 9:30", "Afgesproken", "Lef:", "gedaan is gedaan"):
        assert len([text for text in announced if words in text]) == 1, (words, announced)


async def test_what_cannot_be_sent_is_said_and_stays_where_it_was(chats: Chats) -> None:
    asked: list[str] = []
    async with chats.tab(viewport={"width": PHONE, "height": 640}) as tab:
        await tab.goto(f"{chats.address}/chat")
        await press(tab, "Begin")
        await sees(tab, "In welke taal")
        tab.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        long = "x" * 10_001
        await says(tab, long)
        await expect(tab.locator("#notice")).to_have_text(re.compile("hoogstens 10000 tekens"))
        assert await tab.get_by_label("Schrijf een bericht").input_value() == long
        await choose(tab, "groot.yaml", b"x" * 1_100_001)
        await expect(tab.locator("#notice")).to_have_text("Dat is te groot om te versturen.")
        # The stream brings what comes; nothing was sent.
        assert [each for each in asked if "/chat/stream" not in each] == []
        await choose(tab, "leeg.yaml", b"")
        await sees(tab, "📎 leeg.yaml")


async def choose(tab: Tab, name: str, content: bytes) -> None:
    """Chooses a file in the menu, and sends it."""
    await tab.get_by_label("Menu").click()
    file = {"name": name, "mimeType": "text/yaml", "buffer": content}
    await tab.locator("#file").set_input_files(file)  # type: ignore[arg-type]
    await tab.get_by_role("button", name="Stuur bestand").click()


async def test_the_picture_in_the_readme_is_of_this_page(chats: Chats) -> None:
    async with chats.tab(viewport=picture.PHONE) as tab:
        said = await picture.tell(tab, chats.address)
    kept = stored_digest(DOCS / picture.PICTURE)
    assert kept == digest_of(said), "docs/web-chat.png is stale: run `make pictures`"


@pytest.mark.whole_browser
async def test_a_browser_can_put_it_among_the_apps(chats: Chats) -> None:
    async with chats.tab(viewport={"width": PHONE, "height": 640}) as tab:
        await tab.goto(f"{chats.address}/chat")
        await press(tab, "Begin")
        await sees(tab, "In welke taal")
        protocol = await tab.context.new_cdp_session(tab)
        manifest = await protocol.send("Page.getAppManifest")
        assert manifest["errors"] == [] and manifest["url"].endswith("/chat/manifest.webmanifest")
        answer = await protocol.send("Page.getInstallabilityErrors")
        errors = {error["errorId"] for error in answer["installabilityErrors"]}
        assert errors <= {"in-incognito"}  # which a context of a test is
        await tab.goto(f"{chats.address}/chat/recover")
        answer = await protocol.send("Page.getInstallabilityErrors")
        errors = {error["errorId"] for error in answer["installabilityErrors"]}
        assert "no-manifest" in errors

"""The chat in Chromium without a network: what is typed waits, and nothing else stays behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page as Tab
from playwright.async_api import expect

from tests.web.chromium.looks import PHONE, look_at
from tests.web.chromium.test_chat import Chats, application, chats, choose, press, says, sees

__all__ = ["application", "chats"]  # fixtures

WORDS = "De bakker wist meer dan wij."
READY = "navigator.serviceWorker.ready.then(() => true)"
SET = "titel: Ölie\n" * 20_000
SENT = """
(() => {
  const send = window.fetch;
  window.sent = [];
  window.fetch = async (url, options) => {
    const file = options?.body?.get?.("file");
    if (file) window.sent.push([file.name, await file.text()]);
    return send(url, options);
  };
})();
"""
CACHED = """
async () => {
  const texts = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      texts.push(request.url, await (await caches.match(request)).text());
    }
  }
  return texts.join("\\n");
}
"""


@asynccontextmanager
async def begun(chats: Chats, language: str = "nl-NL") -> AsyncIterator[Tab]:
    """A browser with a chat and a service worker, which may be without a network."""
    viewport = {"width": PHONE, "height": 640}
    context = await chats.chromium.new_context(locale=language, viewport=viewport)  # type: ignore[arg-type]
    tab = await context.new_page()
    await tab.goto(f"{chats.address}/chat")
    await press(tab, "Begin")
    await sees(tab, "In welke taal")
    assert await tab.evaluate(READY)
    try:
        yield tab
    finally:
        await context.close()


async def test_what_is_typed_waits_over_a_reload_and_goes_out_once(
    chats: Chats, tmp_path: Path
) -> None:
    async with begun(chats) as tab:
        await says(tab, "Nederlands")
        await sees(tab, "Wanneer mag ik")
        await tab.context.set_offline(True)
        await says(tab, "ma-zo 9:30")
        await says(tab, WORDS)
        await expect(tab.locator(".chat-row--sending").first).to_contain_text("Wacht op netwerk")
        await expect(tab.locator(".chat-status")).to_contain_text("Wacht op netwerk")
        await tab.screenshot(path=tmp_path / "waiting.png")
        await tab.reload()
        await expect(tab.get_by_role("heading", name="Geen netwerk")).to_be_visible()
        await expect(tab.get_by_text("Wat je typte, is bewaard")).to_be_visible()
        assert await tab.evaluate("getComputedStyle(document.body).fontFamily") != "serif"
        await tab.screenshot(path=tmp_path / "offline.png", full_page=True)
        assert WORDS not in await tab.content()
        cached = await tab.evaluate(CACHED)
        assert "Geen netwerk" in cached and "Wanneer mag ik" not in cached and WORDS not in cached
        await tab.context.set_offline(False)  # it goes on by itself
        await sees(tab, "elke dag om 9:30")
        await expect(tab.locator(".chat-row--sending")).to_have_count(0)
        own = await tab.locator(".chat-row--own .chat-text").all_text_contents()
        assert own == ["Nederlands", "ma-zo 9:30", WORDS]
        await tab.wait_for_function("localStorage.length === 0")


async def test_a_file_waits_over_a_reload_as_what_is_typed_does(chats: Chats) -> None:
    async with begun(chats) as tab:
        await says(tab, "Nederlands")
        await sees(tab, "Wanneer mag ik")
        await tab.context.set_offline(True)
        await tab.add_init_script(SENT)
        await choose(tab, "set é.yaml", SET.encode())
        await says(tab, WORDS)
        await expect(tab.locator(".chat-row--sending").first).to_contain_text("📎 set é.yaml")
        await tab.reload()
        await expect(tab.get_by_text("is bewaard en wacht op netwerk")).to_be_visible()
        await tab.context.set_offline(False)
        await sees(tab, WORDS)
        await expect(tab.locator(".chat-row--sending")).to_have_count(0)
        own = await tab.locator(".chat-row--own .chat-text").all_text_contents()
        assert own == ["Nederlands", "📎 set é.yaml", WORDS]
        sent = await tab.evaluate("sent")
        assert sent and all(each == ["set é.yaml", SET] for each in sent)
        await tab.wait_for_function("localStorage.length === 0")


async def test_where_the_browser_keeps_nothing_the_page_says_so(chats: Chats) -> None:
    async with begun(chats, "en-GB") as tab:
        await press(tab, "English")
        await sees(tab, "When may I")
        await tab.evaluate(
            "() => { Storage.prototype.setItem = () => { throw new Error('full') } }"
        )
        await tab.context.set_offline(True)
        await says_in_english(tab, WORDS)
        waits = tab.locator(".chat-row--sending")
        await expect(waits).to_contain_text("Waiting for a network. Keep this page open.")
        await tab.context.set_offline(False)
        await expect(waits).to_have_count(0)
        await expect(tab.locator(".chat-row--own")).to_have_count(1)


async def test_an_answer_that_was_lost_is_asked_for_again_and_counts_once(chats: Chats) -> None:
    async with begun(chats) as tab:
        arrived = []

        async def lost(route) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
            arrived.append(await route.fetch())  # it came in, and its answer goes astray
            await route.abort()

        await tab.context.route("**/chat/say", lost, times=1)
        await says(tab, "Nederlands")
        await expect(tab.locator(".chat-row--sending, .chat-row--own").first).to_be_visible()
        await sees(tab, "Wanneer mag ik")
        await tab.reload()
        await sees(tab, "Wanneer mag ik")
        await expect(tab.locator(".chat-row--sending")).to_have_count(0)
        assert len(arrived) == 1
        assert await tab.locator(".chat-row--own").count() == 1
        assert await tab.get_by_text("Wanneer mag ik").count() == 1


async def test_what_waits_is_not_sent_by_whoever_begins_here_next(chats: Chats) -> None:
    async with begun(chats, "en-GB") as tab:
        await press(tab, "English")
        await sees(tab, "When may I")
        await tab.context.set_offline(True)
        await says_in_english(tab, WORDS)
        await tab.goto(f"{chats.address}/chat/browsers")
        await expect(tab.get_by_role("heading", name="No network")).to_be_visible()
        assert await look_at(tab, "chat/browsers") == []  # that of the worker, at this address
        await tab.context.clear_cookies()
        await tab.context.set_offline(False)
        await expect(tab.get_by_role("button", name="Begin")).to_be_visible(timeout=15_000)
        await tab.wait_for_function("localStorage.length === 0")
        await press(tab, "Begin")
        await expect(tab.get_by_role("log")).to_contain_text("In welke taal")
        assert await tab.get_by_text(WORDS).count() == 0


async def says_in_english(tab: Tab, text: str) -> None:
    """Types something and sends it."""
    await tab.get_by_label("Write a message").fill(text)
    await tab.get_by_role("button", name="Send", exact=True).click()

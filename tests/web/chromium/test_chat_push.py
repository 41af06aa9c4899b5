"""Push in Chromium: it is offered after *Gedaan*, kept up, and shown by the service worker."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from bot.app import Application, BuildOptions, build
from bot.channels.web.channel import WebChat
from bot.channels.web.push import WebPush
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.delivery.browsers.push_subscriptions import StoredSubscriptions
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.channels.test_web_push import IDENTITY, PushBrowser
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.web.chat.conftest import invitation
from tests.web.chromium.looks import faults
from tests.web.chromium.test_chat import Chats, chats, press, says, sees

__all__ = ["chats"]  # a fixture

ENDPOINT = "https://push.example.org/1"
# A browser without a push service: what it would give the page, it gets from here.
SUBSCRIBE = """
({ endpoint, p256dh, auth }) => {
  PushManager.prototype.subscribe = async options => {
    window.asked = options;
    return { toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  };
}
"""
SHOWN = """
async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  const shown = await registration.getNotifications();
  return shown.map(each => [each.title, each.body, each.lang]);
}
"""


@pytest.fixture
async def application(
    database: Database, vault: Vault, clock: FixedClock, address: str
) -> AsyncIterator[Application]:
    """A bot that can tell browsers that something waits; what it sends goes nowhere."""
    push = WebPush(IDENTITY, StoredSubscriptions(database, "web", clock), clock)
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), address, push)
    built = build(
        database, vault, [channel], clock, BuildOptions(pages=address, inbox_limits=NO_LIMITS)
    )
    async with listening(built, channel):
        yield built


@pytest.mark.whole_browser
async def test_it_is_offered_after_the_first_done_and_says_no_more_than_that_something_waits(
    chats: Chats,
) -> None:
    code = await invitation(chats.application)
    async with chats.tab(permissions=["notifications"]) as tab:
        await tab.goto(f"{chats.address}/chat/{code}")
        await press(tab, "Begin")
        await press(tab, "Nederlands")
        await says(tab, "ma-zo 9:30")
        await sees(tab, "elke dag om 9:30")
        await says(tab, "/nu")
        await sees(tab, "Lef:")
        await tab.reload()
        offer = tab.get_by_role("button", name="Laat het me weten")
        await expect(offer).to_have_count(0)
        await press(tab, "Gedaan")
        await sees(tab, "gedaan is gedaan")
        await tab.reload()
        await expect(offer).to_be_visible()
        assert await faults(tab) == []
        new = PushBrowser().subscription(ENDPOINT)
        keys = {"endpoint": new.endpoint, "p256dh": new.p256dh, "auth": new.auth}
        await tab.evaluate(SUBSCRIBE, keys)
        await offer.click()
        await expect(tab.locator("#notice")).to_contain_text("Gelukt.")
        assert (await tab.evaluate("asked"))["userVisibleOnly"] is True

        protocol = await tab.context.new_cdp_session(tab)
        known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def registered(event: dict[str, list[dict[str, str]]]) -> None:
            for each in event["registrations"]:
                if not known.done():
                    known.set_result(each["registrationId"])

        protocol.on("ServiceWorker.workerRegistrationUpdated", registered)
        await protocol.send("ServiceWorker.enable")
        message = {"origin": chats.address, "registrationId": await known, "data": "1"}
        await protocol.send("ServiceWorker.deliverPushMessage", message)
        await tab.goto(f"{chats.address}/chat/browsers")
        await expect(tab.get_by_role("button", name="Zet meldingen uit")).to_be_visible()
        assert await tab.evaluate(SHOWN) == []  # the chat was open
        await protocol.send("ServiceWorker.deliverPushMessage", message)
        async with asyncio.timeout(15):
            while not (shown := await tab.evaluate(SHOWN)):
                await asyncio.sleep(0.1)
        assert shown == [["Olievlek", "Er staat iets voor je klaar", "nl"]]

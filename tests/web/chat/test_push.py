"""Web Push on the page: when it is offered, who may subscribe a browser, and how it ends."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.app import Application, build
from bot.channels.web.channel import WebChat
from bot.channels.web.push import WebPush
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.delivery.browsers.push_subscriptions import StoredSubscriptions
from bot.push_subscription import Subscription
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.chat import ChatPushRow
from tests.channels.test_web_push import IDENTITY, PushBrowser
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.web_chat import ADDRESS, HEADERS, PAGES, WebPerson, browser
from tests.web.chat.test_conversation import round_with

ENDPOINT = "https://push.example.org/1"


@pytest.fixture
async def application(
    database: Database, vault: Vault, clock: FixedClock
) -> AsyncIterator[Application]:
    """A bot that can tell browsers that something waits; what it sends goes nowhere."""
    push = WebPush(IDENTITY, StoredSubscriptions(database, "web", clock), clock)
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS, push)
    built = build(database, vault, [channel], clock, replace(PAGES, inbox_limits=NO_LIMITS))
    async with listening(built, channel):
        yield built


def fields_of(subscription: Subscription) -> dict[str, str]:
    """What a browser posts of a subscription."""
    return {
        "endpoint": subscription.endpoint,
        "p256dh": subscription.p256dh,
        "auth": subscription.auth,
    }


async def subscribed(person: WebPerson, endpoint: str = ENDPOINT, **more: str) -> int:
    """Posts a subscription as the script does, and returns the status of the answer."""
    fields = {**fields_of(PushBrowser().subscription(endpoint)), **more}
    return (await person.http.post("/chat/push", data=fields, headers=HEADERS)).status_code


async def test_it_is_offered_after_the_first_done_and_kept_up_once_it_is_on(
    sanne: WebPerson,
) -> None:
    assert 'id="push"' not in await sanne.opens()
    assert 'id="push" data-state="asked"' in await sanne.opens("/chat?tell=1")
    await round_with(sanne, "De bakker.")
    assert 'id="push" data-state="offered"' in await sanne.opens()
    key = {"form_key": sanne.fields["form_key"]}
    assert await subscribed(sanne, **key) == 204
    assert 'id="push" data-state="on"' in await sanne.opens()
    page = await sanne.opens("/chat/browsers")
    assert "Deze browser krijgt een melding" in page
    page = await sanne.posts("/chat/browsers", {**key, "what": "untell"})
    assert "Zet meldingen aan" in page and "krijgt een melding" not in page
    await sanne.opens()
    await sanne.says("/privacy")
    await sanne.receives("langs de maker van je browser")


async def test_only_the_browser_itself_subscribes_and_only_to_the_open_internet(
    sanne: WebPerson,
) -> None:
    await sanne.opens()
    key = sanne.fields["form_key"]
    assert await subscribed(sanne) == 403
    assert await subscribed(sanne, form_key="0" * 64) == 403
    assert await subscribed(sanne, "https://169.254.169.254/1", form_key=key) == 400
    assert await subscribed(sanne, form_key=key, auth="x") == 400
    async with browser(sanne.site) as stranger:
        assert await subscribed(stranger, form_key=key) == 401
    assert await subscribed(sanne, form_key=key) == 204
    after = "https://push.example.org/2"
    assert await subscribed(sanne, after, before="https://push.example.org/9") == 403
    assert await subscribed(sanne, after, before=ENDPOINT) == 204
    assert await subscribed(sanne, ENDPOINT, before=ENDPOINT) == 403


async def test_the_worker_may_do_little_and_knows_nobody(sanne: WebPerson) -> None:
    for language, words in (("nl", "Er staat iets voor je klaar"), ("en", "Something is waiting")):
        answer = await sanne.http.get(f"/chat/worker.js?language={language}")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["service-worker-allowed"] == "/chat"
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; connect-src 'self'"
        )
        assert words in answer.text


async def test_erasure_takes_the_subscription_with_it(
    application: Application, sanne: WebPerson
) -> None:
    await sanne.opens()
    assert await subscribed(sanne, form_key=sanne.fields["form_key"]) == 204
    await sanne.says("/vergeetmij")
    await sanne.receives("zeker")
    await sanne.presses("Ja")
    async with application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ChatPushRow)) == 0

"""What somebody could try with the chat of another."""

import random
import re
import secrets
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from starlette.types import ASGIApp

from bot.app import Application, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.delivery.inbox.flood_limits import InboxLimits
from bot.messages import Button, File, Outgoing
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.chat import ChatBrowserRow, MailboxRow
from tests.support.fakes import FixedClock
from tests.support.inbox import listening
from tests.support.web_chat import ADDRESS, HEADERS, PAGES, WebPerson, browser, events
from tests.web.test_odd_requests import ODD

pytestmark = pytest.mark.slow  # floods

COOKIE = "__Host-olievlek-chat"
AS_SCRIPT = {**HEADERS, "Accept": "application/json"}


def has_cookie(person: WebPerson, value: str) -> None:
    """Puts this cookie in a browser instead of its own."""
    person.http.cookies.clear()
    person.http.cookies.set(COOKIE, value, domain="olievlek.test")


def own_texts(person: WebPerson) -> list[str]:
    """What they wrote."""
    return [one.text for one in person.seen.values() if one.own]


async def test_a_cookie_that_is_made_up_opens_nothing(person: WebPerson, site: ASGIApp) -> None:
    await person.begins()
    async with browser(site) as thief:
        for made_up in ("", "x", secrets.token_urlsafe(32), "a" * 4_000):
            has_cookie(thief, made_up)
            assert "Begin" in await thief.opens()
            for path in ("/chat/news", "/chat/browsers"):
                await thief.opens(path, 401)
            told = events(site, f"{COOKIE}={made_up}", "/chat/stream")
            assert [each async for each in told] == []
            await thief.posts("/chat/say", {"form": "x", "text": "hoi"}, 401)


async def test_the_cookie_is_out_of_reach(sanne: WebPerson) -> None:
    sanne.http.cookies.clear()
    answer = await sanne.http.post("/chat/begin", data={"form": "x" * 30}, headers=HEADERS)
    [cookie] = [each for each in answer.headers.get_list("set-cookie") if COOKIE + "=" in each]
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


async def test_a_stolen_cookie_stops_when_its_owner_goes_on(
    sanne: WebPerson, site: ASGIApp, clock: FixedClock
) -> None:
    stolen = sanne.http.cookies[COOKIE]
    clock.passes(hours=1)
    await sanne.opens()
    assert sanne.http.cookies[COOKIE] != stolen
    async with browser(site) as thief:
        has_cookie(thief, stolen)
        assert 'id="messages"' in await thief.opens()  # the owner's answer may have been lost
        clock.passes(minutes=1)
        await sanne.opens()  # it was not
        has_cookie(thief, stolen)
        assert 'id="messages"' not in await thief.opens()
    assert 'id="messages"' in await sanne.opens()


async def test_a_cookie_whose_answer_was_lost_goes_on(sanne: WebPerson, clock: FixedClock) -> None:
    """Somebody in a tunnel keeps the old one, again and again."""
    kept = sanne.http.cookies[COOKIE]
    for _ in range(3):
        clock.passes(hours=2)
        has_cookie(sanne, kept)
        assert 'id="messages"' in await sanne.opens()
    newest = sanne.http.cookies[COOKIE]
    clock.passes(minutes=2)
    await sanne.opens()
    assert 'id="messages"' in await sanne.opens()
    assert newest != kept


async def test_a_browser_cannot_be_given_a_chat_of_somebody_else(
    sanne: WebPerson, site: ASGIApp
) -> None:
    """Session fixation: what an attacker plants before is not what the browser has afterwards."""
    async with browser(site) as victim:
        planted = sanne.http.cookies[COOKIE]
        has_cookie(victim, "planted-by-somebody")
        await victim.begins()
        assert victim.http.cookies[COOKIE] not in ("planted-by-somebody", planted)
        await victim.says("Dit is van mij.")
    await sanne.opens()
    assert "Dit is van mij." not in own_texts(sanne)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://olievlek.test"},
    ],
)
async def test_a_form_of_another_site_does_nothing(
    application: Application, sanne: WebPerson, headers: dict[str, str]
) -> None:
    fields = {**sanne.fields, "text": "/vergeetmij"}
    for path in ("say", "browsers", "begin", "recover", "move/x"):
        answer = await sanne.http.post(f"/chat/{path}", data=fields, headers=headers)
        assert answer.status_code == 403, path
    async with application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ChatBrowserRow)) == 1
    await sanne.opens()
    assert "/vergeetmij" not in own_texts(sanne)


async def test_a_form_without_the_key_of_this_browser_does_nothing(
    sanne: WebPerson, site: ASGIApp
) -> None:
    async with browser(site) as other:
        await other.begins()
        for key in ("", "x", other.fields["form_key"]):
            await sanne.posts(
                "/chat/say", {"form_key": key, "form": "x", "text": "/vergeetmij"}, 403
            )
            await sanne.posts("/chat/browsers", {"form_key": key, "what": "others"}, 403)


async def test_nobody_answers_or_changes_what_is_in_another_chat(
    sanne: WebPerson, site: ASGIApp
) -> None:
    await sanne.says("Mijn eigen woorden.")
    key = sanne.own_key("Mijn eigen woorden.")
    async with browser(site) as other:
        await other.begins()
        await other.says("Van jou nu", message=key, edit="1")
        await other.says("", message=key, delete="1")
        await other.says("/reeks", reply_to=key)
    await sanne.opens()
    assert "Mijn eigen woorden." in own_texts(sanne)


async def test_the_same_token_in_two_chats_is_two_messages(sanne: WebPerson, site: ASGIApp) -> None:
    """Who knows the token of a form cannot have another's message taken for a repeat."""
    async with browser(site) as other:
        await other.begins()
        await other.says("/privacy", form="the-same-token")
        await sanne.says("/reeks", form="the-same-token")
        assert "/reeks" in own_texts(sanne) and "/privacy" in own_texts(other)


async def test_every_answer_says_what_a_browser_may_do_with_it(sanne: WebPerson) -> None:
    paths = ["/chat", "/chat/browsers", "/chat/recover", "/chat/ABC", "/chat/move/x", "/chat/news"]
    for path in paths:
        headers = (await sanne.http.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert ("script-src 'self'" in policy) == (path == "/chat")
        assert headers["strict-transport-security"]


async def test_no_page_has_a_script_or_a_style_within(sanne: WebPerson) -> None:
    for path in ("/chat", "/chat/browsers", "/chat/recover"):
        html = await sanne.opens(path)
        assert not re.findall(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", html), path


NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    'https://x.test/"onclick=alert(1)',
    "https://x.test/<script>alert(1)</script>",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "</li></ol><form action=//evil.test>",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "&lt;script&gt; &#60;script&#62;",
    "<!-- --><svg/onload=alert(1)>",
    "\u202e\u2066 <b>x</b> \ufeff",
)
TAG = re.compile(r"<(script|img|svg|form|b)\b[^>]*(alert|evil|onerror|>x<)")


async def test_no_text_of_anybody_becomes_html(
    application: Application, sanne: WebPerson, database: Database, vault: Vault, clock: FixedClock
) -> None:
    """In every place: what they type, change and reply to; what the bot says, and its buttons."""
    dice = random.Random(21)
    [address] = await _addresses(application)
    mailbox = StoredMailbox(database, vault, "web", clock)
    for number, nasty in enumerate(NASTY):
        parts = [nasty, dice.choice(NASTY), "".join(dice.sample(nasty, len(nasty)))]
        text = " ".join(parts)
        fields = {**sanne.fields, "form": f"token-{number}", "text": text}
        await sanne.http.post("/chat/say", data=fields, headers=AS_SCRIPT)
        buttons = ((Button(nasty, f"x:{number}"),),)
        message = Outgoing(text, buttons=buttons, file=File(f"{nasty}.zip", b"x"))
        key = f'{number}"><script>alert(1)</script>'
        await mailbox.put(address, key, message)
        await mailbox.put_own(address, f"own-{number}", text, key)
    page = await sanne.opens()
    answer = await sanne.http.get("/chat/news?after=0")
    for html in [page, *(each["html"] for each in answer.json()["messages"])]:
        assert not TAG.findall(html)
        assert not re.search(r'href="(?!https?://|/|#|\?)', html)
    for nasty in NASTY:
        assert sum(nasty in one.text for one in sanne.seen.values()) >= 3


async def _addresses(application: Application) -> list[str]:
    async with application.database.reading() as session:
        query = select(MailboxRow.address).distinct()
        return list((await session.scalars(query)).all())


async def test_whatever_is_posted_is_no_error_of_ours(sanne: WebPerson) -> None:
    dice = random.Random(7)
    names = ("form", "text", "press", "message", "reply_to", "edit", "delete", "command", "what")
    for _ in range(30):
        key = sanne.fields.get("form_key", "")
        data = {name: dice.choice(ODD) for name in names if dice.random() < 0.5}
        path = dice.choice(("say", "browsers", "begin", "recover", "move/%00", "say?x=%00"))
        data["form_key"] = key
        answer = await sanne.http.post(f"/chat/{path}", data=data, headers=AS_SCRIPT)
        assert answer.status_code < 500, (path, data)
        if COOKIE not in sanne.http.cookies:
            await sanne.begins()
    for odd in ("%00", "%F0%9F%98%80", "x" * 1_500, "..%2f.."):
        for path in ("", "attachment/", "move/"):
            assert (await sanne.http.get(f"/chat/{path}{odd}")).status_code < 500


async def test_a_flood_of_messages_is_cut_as_on_any_channel(
    database: Database, vault: Vault, clock: FixedClock
) -> None:
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS)
    few = InboxLimits(answers=5)
    built = build(database, vault, [channel], clock, replace(PAGES, inbox_limits=few))
    assert built.site is not None
    async with listening(built, channel), browser(built.site.application()) as person:
        await person.begins()
        clock.passes(seconds=1)  # what is from before the bot began does not count
        for number in range(12):
            fields = {**person.fields, "form": f"token-{number}", "text": "/reeks"}
            await person.http.post("/chat/say", data=fields, headers=AS_SCRIPT)
        await person.opens()
        answered = [one for one in person.seen.values() if not one.own]
        assert len(answered) < 12 and any("niet bijhouden" in one.text for one in answered)


async def test_a_flood_of_requests_is_told_to_wait(sanne: WebPerson, site: ASGIApp) -> None:
    statuses = [(await sanne.http.get("/chat/news?after=999")).status_code for _ in range(250)]
    assert statuses[0] == 200 and statuses[-1] == 429
    async with browser(site) as other:  # who is not part of it goes on
        await other.opens()

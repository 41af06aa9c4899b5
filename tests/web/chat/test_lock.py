"""The lock on the chat in a browser: shut by the server, with and without a script."""

import re
from html import unescape

import pytest
from sqlalchemy import select, text
from starlette.types import ASGIApp

from bot.app import Application
from bot.core.privacy.chat_lock import MINUTES, MOST_WRONG
from bot.core.privacy.guess_limits import PER_CHAT
from bot.store.schema.chat import ChatBrowserRow
from bot.web.chat.chat import COOKIE
from tests.support.fakes import FixedClock
from tests.support.web_chat import HEADERS, WebPerson, browser, events
from tests.web.chat.test_joining import shown_code
from tests.web.chat.test_linked import sign_in_path

pytestmark = pytest.mark.slow  # wrong PINs are slow on purpose

PIN, WRONG = "2580", "2581"
LOCKED = "Dit gesprek zit op slot"
SECRET = "De bakker wist het."


async def put_on(person: WebPerson, pin: str = PIN, status: int = 200, **more: str) -> str:
    """Puts a lock on the browser, which shuts after five minutes."""
    await person.opens("/chat/browsers")
    key = {"form_key": form_key(person), "what": "on", "minutes": "5", "pin": pin, "again": pin}
    return await person.posts("/chat/lock", {**key, **more}, status)


def form_key(person: WebPerson) -> str:
    """The key in the forms of the page that is open."""
    found = re.search(r'name="form_key" value="([^"]+)"', person.html)
    assert found is not None
    return unescape(found[1])


async def tries(person: WebPerson, pin: str, status: int) -> str:
    """Types a PIN on the page of the lock."""
    return await person.posts("/chat/unlock", {"form_key": form_key(person), "pin": pin}, status)


async def test_a_chat_that_was_not_used_shows_nothing_until_the_pin_is_typed(
    application: Application, sanne: WebPerson, clock: FixedClock
) -> None:
    await sanne.says(SECRET)
    picture = "/chat/attachment/x"
    said = {**sanne.fields, "text": "Nog iets."}
    assert "Zet een slot op deze browser" in await sanne.opens("/chat/browsers")  # it is off
    shown = await put_on(sanne)
    assert "als je 5 minuten niets doet" in shown
    assert sanne.page is not None and sanne.page.headers["refresh"] == "301; url=/chat"
    clock.passes(minutes=4)
    html = await sanne.opens()  # which is use
    assert '<noscript><meta http-equiv="refresh" content="301; url=/chat">' in html
    clock.passes(minutes=4)
    assert (await sanne.http.get("/chat/news", params={"after": "0"})).status_code == 200
    clock.passes(minutes=1)  # news are asked for by itself, and keep nothing open
    html = await sanne.opens()
    assert LOCKED in html and "<title>Olievlek</title>" in html
    assert SECRET not in html and "/reeks" not in html and "herstelcode" in html
    for path in ("/chat/browsers", "/chat/ABCDEFGH", picture):
        assert LOCKED in (await sanne.http.get(path)).text
    script = {"Accept": "application/json"}
    assert (await sanne.http.get("/chat/news", headers=script)).status_code == 401
    for path in ("/chat/say", "/chat/browsers", "/chat/lock", "/chat/used"):
        answer = await sanne.http.post(path, data=said, headers=HEADERS)
        assert answer.status_code == 401 and "Wat je net deed, is niet gelukt" in answer.text
    cookie = "; ".join(f"{name}={value}" for name, value in sanne.http.cookies.items())
    assert [each async for each in events(sanne.site, cookie, "/chat/stream")] == []
    assert "nog 9 keer" in await tries(sanne, WRONG, 422)
    assert 'id="messages"' in await tries(sanne, PIN, 200)
    assert SECRET in [one.text for one in sanne.seen.values()]
    await sanne.posts("/chat/lock", {"form_key": form_key(sanne), "what": "now"})
    assert LOCKED in sanne.html
    await tries(sanne, PIN, 200)
    await sanne.posts("/chat/lock", {"form_key": form_key(sanne), "what": "off"})
    clock.passes(days=1)
    await sanne.opens()
    assert 'id="messages"' in sanne.html
    async with application.database.reading() as session:
        assert await session.scalar(select(ChatBrowserRow.lock_hash)) is None


async def test_an_open_stream_ends_when_the_lock_shuts(
    application: Application, sanne: WebPerson, clock: FixedClock
) -> None:
    await put_on(sanne)
    await sanne.opens()
    cookie = "; ".join(f"{name}={value}" for name, value in sanne.http.cookies.items())
    followed = events(sanne.site, cookie, "/chat/stream")
    assert (await anext(followed))[0] == "message"
    clock.passes(minutes=MINUTES[1])
    assert application.site is not None and application.site.chat is not None
    async with application.database.reading() as session:
        address = await session.scalar(select(ChatBrowserRow.address))
    application.site.chat.place.signals.changed(str(address))
    ended = [(name, data) async for name, data in followed if name != "message"]
    assert ended == [("farewell", {"text": ""})]  # with which the page opens again, and is shut


async def test_a_pin_that_cannot_be_is_refused(sanne: WebPerson) -> None:
    assert "4 tot 12 cijfers, en niets anders" in await put_on(sanne, "geheim", 422)
    assert "makkelijk te raden" in await put_on(sanne, "1234", 422)
    assert "niet gelijk" in await put_on(sanne, PIN, 422, again=WRONG)
    assert "niet van" not in await put_on(sanne, PIN, 200, minutes="100000")
    assert "als je 5 minuten niets doet" in sanne.html
    await sanne.posts("/chat/lock", {"form_key": "x", "what": "off"}, 403)
    await sanne.posts("/chat/unlock", {"form_key": "x", "pin": PIN}, 403)


async def test_too_many_wrong_pins_wait_and_then_sign_the_browser_out(
    application: Application, site: ASGIApp, sanne: WebPerson, clock: FixedClock
) -> None:
    await sanne.opens("/chat/browsers")
    await sanne.posts("/chat/browsers", {"form_key": form_key(sanne), "what": "code"})
    code = shown_code(sanne.html)
    await put_on(sanne)
    async with browser(site) as phone:  # which has no lock
        await phone.posts("/chat/recover", {"code": code})
        clock.passes(minutes=5)
        await sanne.opens()
        for _ in range(PER_CHAT):
            await tries(sanne, WRONG, 422)
        await tries(sanne, PIN, 429)  # not even the right one
        clock.passes(minutes=61)
        for _ in range(MOST_WRONG - PER_CHAT - 1):
            await tries(sanne, WRONG, 422)
        assert "Je gesprek terughalen" in await tries(sanne, WRONG, 200)
        assert COOKIE not in sanne.http.cookies
        await phone.opens()
        assert 'id="messages"' in phone.html
    await sanne.posts("/chat/recover", {"code": code})
    assert 'id="messages"' in sanne.html


async def test_the_recovery_code_opens_a_locked_chat_and_ends_the_lock(
    application: Application, person: WebPerson, clock: FixedClock
) -> None:
    await person.begins()
    code = shown_code(person.html)
    await put_on(person)
    clock.passes(minutes=5)
    assert LOCKED in await person.opens()
    await person.posts("/chat/recover", {"code": code})
    assert 'id="messages"' in person.html
    async with application.database.reading() as session:
        assert (await session.scalars(select(ChatBrowserRow.lock_minutes))).all() == [None]
    await put_on(person)
    clock.passes(minutes=5)
    await person.opens()
    await person.posts("/chat/unlock", {"form_key": form_key(person), "sign_out": "1"})
    assert "Je gesprek terughalen" in person.html


async def test_of_a_pin_only_a_sealed_slow_hash_is_kept(
    application: Application, sanne: WebPerson
) -> None:
    await put_on(sanne)
    async with application.database.reading() as session:
        [hashed] = (await session.scalars(select(ChatBrowserRow.lock_hash))).all()
        [stored] = (await session.scalars(text("SELECT lock_hash FROM chat_browsers"))).all()
    assert hashed is not None and re.fullmatch(r"[0-9a-f]{32}/[0-9a-f]{128}", hashed)
    assert hashed.encode() not in bytes(stored) and PIN.encode() not in bytes(stored)


async def test_a_shut_lock_hides_the_pages_in_that_browser_too(
    site: ASGIApp, sanne: WebPerson, clock: FixedClock
) -> None:
    """Otherwise the diary lies open there, and the page of browsers opens the chat with no PIN."""
    await sanne.says("/web")
    await sanne.posts(await sign_in_path(sanne), {})
    await put_on(sanne)
    for _ in range(2):
        clock.passes(minutes=4)
        await sanne.opens("/web/diary")  # which is use, as reading the chat is
    clock.passes(minutes=5)
    shut = "Open eerst je gesprek in deze browser met je pincode"
    assert shut in await sanne.opens("/web/diary", 401) and 'href="/chat"' in sanne.html
    fields = {"form_key": "x", "which": "chat", "note": "Wat ik net typte."}
    told = await sanne.posts("/web/sessions", fields, 401)
    assert shut in told and "Wat ik net typte." in told
    kept = sanne.http.cookies[COOKIE]
    sanne.http.cookies.delete(COOKIE)  # by whoever sits there now
    await sanne.opens("/web/diary", 401)
    async with browser(site) as thief:
        await thief.begins()  # with a chat of their own in that place
        await thief.says("/web")
        of_joep = await sign_in_path(thief)
        sanne.http.cookies.update(thief.http.cookies)
        assert shut in await sanne.opens("/web/diary", 401)
    sanne.http.cookies.delete(COOKIE)
    sanne.http.cookies.set(COOKIE, kept, domain="olievlek.test")
    kept_out = sanne.http.cookies.pop("__Host-olievlek")
    await sanne.http.post(of_joep, headers=HEADERS)  # who uses the same device
    await sanne.opens("/web/diary")
    sanne.http.cookies.set("__Host-olievlek", kept_out, domain="olievlek.test")
    await sanne.opens()
    await tries(sanne, PIN, 200)
    await sanne.opens("/web/diary")
    clock.passes(minutes=5)
    await sanne.opens()
    await sanne.posts("/chat/unlock", {"form_key": form_key(sanne), "sign_out": "1"})
    assert "Je bent niet aangemeld" in await sanne.opens("/web/diary", 401)

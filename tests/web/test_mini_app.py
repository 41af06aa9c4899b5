"""The pages opened from Telegram: whom it vouches for, and everything that somebody could try."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from hmac import digest
from urllib.parse import quote, urlencode

import httpx
import pytest
from sqlalchemy import func, select
from starlette.types import ASGIApp

from bot.app import Application
from bot.channels.mini_apps import VALID_FOR
from bot.channels.telegram.mini_app import CLOCKS_DIFFER, opening
from bot.store.schema.web import OpeningRow
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock
from tests.web.conftest import ADDRESS, Browser, new_browser
from tests.web.mini_apps import TOKEN, fields_of, init_data, sign

USER = 4711
OWN = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
SECOND = timedelta(seconds=1)
TELEGRAM = "frame-ancestors https://web.telegram.org "


@pytest.fixture
async def person(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> FakeMember:
    """A member whose address is a number, as on Telegram."""
    someone = FakeMember(application, fake_channel, clock, str(USER))
    await someone.joins()
    return someone


async def post(browser: Browser, handed: str) -> httpx.Response:
    """Posts as the script of the entry page does."""
    return await browser.http.post("/web/mini-app", data={"init_data": handed}, headers=OWN)


async def test_telegram_vouches_for_a_member(
    browser: Browser, person: FakeMember, clock: FixedClock
) -> None:
    entry = await browser.http.get("/web/mini-app")
    assert "script-src 'self'" in entry.headers["content-security-policy"]
    script = entry.text.split('<script src="')[1].split('"')[0]
    assert "tgWebAppData" in (await browser.http.get(script)).text
    assert entry.text.count("<script") == 1 and "telegram.org" not in entry.text
    answer = await post(browser, init_data(USER, clock()))
    assert answer.status_code == 303 and answer.headers["location"] == "/web/"
    cookie = answer.headers.get_list("set-cookie")[0]
    assert cookie.startswith("__Host-olievlek-mini-app=")
    parts = ("HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/")
    assert all(part in cookie for part in parts) and "Domain" not in cookie
    assert "in Firefox, Windows" in person.last.text
    assert "deze browser" in await browser.opens("sessions")
    await person.presses("Overal afmelden")
    await browser.opens("sessions", 401)


async def test_only_its_own_pages_are_shown_in_a_frame_of_telegram(
    browser: Browser, person: FakeMember, clock: FixedClock, site: ASGIApp
) -> None:
    await post(browser, init_data(USER, clock()))
    for path in ("", "sessions", "privacy", "mini-app"):
        answer = await browser.http.get(f"/web/{path}")
        policy = answer.headers["content-security-policy"]
        assert TELEGRAM in policy
        assert "x-frame-options" not in answer.headers
        assert ("script-src" in policy) is (path == "mini-app")
    outside = await browser.http.get("/chat")
    assert "frame-ancestors 'none'" in outside.headers["content-security-policy"]
    async with new_browser(site) as http:
        other = Browser(http)
        await other.signs_in(person)
        for path in ("", "sessions", "sign-in/x"):
            answer = await http.get(f"/web/{path}")
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-frame-options"] == "DENY"


async def test_forms_work_and_signing_out_stays_in_the_frame(
    browser: Browser, person: FakeMember, clock: FixedClock, site: ASGIApp
) -> None:
    async with new_browser(site) as http:
        await Browser(http).signs_in(person)
        await post(browser, init_data(USER, clock()))
        await browser.opens("sessions")
        other = browser.html.split('name="which" value="')[1].split('"')[0]
        assert "Die browser is afgemeld" in await browser.posts("sessions", which=other)
    assert "Die browser is afgemeld" not in await browser.opens("sessions")
    assert "opnieuw met de knop" in await browser.posts("sessions", which="all")
    assert "__Host-olievlek-mini-app" not in browser.http.cookies
    await browser.opens("", 401)


async def test_its_cookie_is_replaced_too(
    browser: Browser, person: FakeMember, clock: FixedClock
) -> None:
    await post(browser, init_data(USER, clock()))
    first = browser.http.cookies["__Host-olievlek-mini-app"]
    clock.passes(minutes=61)
    await browser.opens("")
    assert browser.http.cookies["__Host-olievlek-mini-app"] != first
    assert "__Host-olievlek" not in browser.http.cookies
    clock.passes(hours=11)
    await browser.opens("", 401)


async def test_each_opening_is_accepted_once(
    application: Application, browser: Browser, person: FakeMember, clock: FixedClock, site: ASGIApp
) -> None:
    handed = init_data(USER, clock())
    browsers = [Browser(new_browser(site)) for _ in range(3)]
    answers = await asyncio.gather(*(post(one, handed) for one in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 403, 403]
    reordered = "&".join(reversed(handed.split("&")))
    for again in (handed, reordered, handed.replace("%20", "+")):
        answer = await post(browser, again)
        assert answer.status_code == 403 and "al eens gebruikt" in answer.text
        assert "set-cookie" not in answer.headers
    assert TELEGRAM in answer.headers["content-security-policy"]
    clock.passes(seconds=VALID_FOR.seconds)
    async with application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OpeningRow)) == 1
    await application.retention.run()
    async with application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OpeningRow)) == 0
    assert (await post(browser, handed)).status_code == 403  # too old by now


async def test_fields_in_another_order_are_the_same_opening(
    browser: Browser, person: FakeMember, clock: FixedClock
) -> None:
    handed = "&".join(reversed(init_data(USER, clock()).split("&")))
    assert (await post(browser, handed)).status_code == 303


async def test_who_is_no_member_is_told_to_talk_with_the_bot(
    application: Application, browser: Browser, clock: FixedClock
) -> None:
    answer = await post(browser, init_data(USER, clock()))
    assert answer.status_code == 403 and "Praat eerst met Olievlek" in answer.text
    assert TELEGRAM in answer.headers["content-security-policy"]
    async with application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OpeningRow)) == 0


async def test_nothing_else_is_accepted(
    browser: Browser, person: FakeMember, clock: FixedClock
) -> None:
    handed = init_data(USER, clock())
    for body in (
        "",
        "init_data=",
        "other=1",
        f"init_data={quote(handed)}&init_data={quote(handed)}",
        f"init_data={quote(handed.replace(str(USER), '4712'))}",
        "init_data=%ff%fe",
        "é",
    ):
        answer = await browser.http.post("/web/mini-app", content=body.encode(), headers=OWN)
        assert answer.status_code == 403, body
    large = await browser.http.post("/web/mini-app", content=b"x" * 20_000, headers=OWN)
    assert large.status_code == 413
    for headers in (
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = await browser.http.post(
            "/web/mini-app", data={"init_data": handed}, headers=headers
        )
        assert answer.status_code == 403
    assert not browser.http.cookies
    assert (await post(browser, handed)).status_code == 303  # none of that used it up


def test_telegrams_word_is_checked_as_it_prescribes() -> None:
    handed = init_data(USER, MONDAY)
    opened = opening(TOKEN, handed, MONDAY)
    assert opened is not None
    assert (opened.address, opened.expires_at) == (str(USER), MONDAY + VALID_FOR)
    fields = fields_of(USER, MONDAY)
    made = sign(fields)
    refused = {
        "empty": "",
        "no query string": "hash",
        "without a hash": urlencode(fields),
        "an empty hash": urlencode({**fields, "hash": ""}),
        "another hash": urlencode({**fields, "hash": "0" * 64}),
        "a hash that is no ASCII": urlencode({**fields, "hash": "é" * 64}),
        "a longer hash": urlencode({**fields, "hash": made + "0"}),
        "another user": urlencode({**fields_of(4712, MONDAY), "hash": made}),
        "a field more": f"{handed}&start_param=x",
        "a field less": urlencode({**fields, "hash": made} | {"query_id": ""}),
        "a field twice": f"{handed}&user={quote(fields['user'])}",
        "a hash twice": f"{handed}&hash={made}",
        "another bot": init_data(USER, MONDAY, "123456:the-token-of-another-bot"),
        "the key and the token swapped": urlencode({**fields, "hash": _swapped(fields)}),
        "many fields": init_data(USER, MONDAY, **{f"n{n}": "1" for n in range(40)}),
        "long": init_data(USER, MONDAY, photo="x" * 5_000),
        "no UTF-8": f"{handed}&x=%ff",
    }
    for what, given in refused.items():
        assert opening(TOKEN, given, MONDAY) is None, what


def _swapped(fields: dict[str, str]) -> str:
    """The hash that the key of a login button makes, which is another."""
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    return digest(sha256(TOKEN.encode()).digest(), lines.encode(), sha256).hex()


@pytest.mark.parametrize(
    ("age", "believed"),
    [
        (VALID_FOR - SECOND, True),
        (VALID_FOR, False),
        (timedelta(days=400), False),
        (-CLOCKS_DIFFER, True),
        (-CLOCKS_DIFFER - SECOND, False),
    ],
)
def test_it_is_believed_for_minutes(age: timedelta, believed: bool) -> None:
    assert (opening(TOKEN, init_data(USER, MONDAY - age), MONDAY) is not None) is believed


@pytest.mark.parametrize("moment", ["", "-1", "1e9", "99999999999", "9" * 30, "１７００"])
def test_a_moment_that_is_none(moment: str) -> None:
    assert opening(TOKEN, init_data(USER, MONDAY, auth_date=moment), MONDAY) is None


@pytest.mark.parametrize(
    "user",
    ["", "4711", "[]", '{"id": "4711"}', '{"id": true}', '{"id": -1}', "{}", "[" * 1_200],
    ids=["empty", "number", "list", "text", "true", "negative", "no id", "deep"],
)
def test_a_user_that_is_none(user: str) -> None:
    assert opening(TOKEN, init_data(USER, MONDAY, user=user), MONDAY) is None

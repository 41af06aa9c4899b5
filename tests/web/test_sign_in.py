"""Signing in with a link from the chat, and everything that somebody could try with it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import Response
from starlette.types import ASGIApp

from bot.app import Application
from bot.web.pages.page import Page
from bot.web.pages.visit import Visit
from tests.support.fakes import FakeMember, FixedClock
from tests.web.conftest import ADDRESS, Browser, link_in, new_browser


async def test_a_link_from_the_chat_opens_the_pages(browser: Browser, member: FakeMember) -> None:
    assert "Jouw pagina’s" in await browser.signs_in(member)
    assert "in Firefox, Windows" in member.last.text
    assert "Firefox, Windows – deze browser" in await browser.opens("sessions")


async def test_opening_the_link_alone_uses_nothing_up(browser: Browser, member: FakeMember) -> None:
    await member.says("/web")
    link = link_in(member.last.text)
    for _ in range(3):  # a preview robot
        assert (await browser.http.get(link)).status_code == 200
        assert (await browser.http.head(link)).status_code == 200
        assert not browser.http.cookies
    assert (await browser.http.post(link)).status_code == 303


async def test_a_link_works_once_and_for_ten_minutes(
    browser: Browser, member: FakeMember, clock: FixedClock, site: ASGIApp
) -> None:
    await member.says("/web")
    first = link_in(member.last.text)
    await member.says("/web")
    second = link_in(member.last.text)
    assert (await browser.http.post(first)).status_code == 410  # the second took its place
    answers = await asyncio.gather(*(new_browser(site).post(second) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    await member.says("/web")
    third = link_in(member.last.text)
    clock.passes(minutes=10)
    gone = await browser.http.get(third)
    assert gone.status_code == 410 and "10 minuten" in gone.text


async def test_who_is_not_signed_in_is_told_how(browser: Browser) -> None:
    assert "Typ /web in je chat" in await browser.opens("", 401)
    browser.http.headers["Accept-Language"] = "en-GB,en;q=0.9"
    assert "Type /web in your chat" in await browser.opens("sessions", 401)
    browser.http.cookies.set("__Host-olievlek", "x" * 43)
    await browser.opens("", 401)


async def test_the_cookie_is_out_of_reach_and_replaced(
    browser: Browser, member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/web")
    answer = await browser.http.post(link_in(member.last.text))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-olievlek=")
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie
    first = browser.http.cookies["__Host-olievlek"]
    clock.passes(minutes=61)
    await browser.opens("")
    second = browser.http.cookies["__Host-olievlek"]
    assert second != first
    stolen = httpx.Cookies({"__Host-olievlek": first})
    transport = browser.http._transport
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=stolen) as late:
        assert (await late.get("/web/")).status_code == 200  # it was on its way
        clock.passes(minutes=2)
        assert (await late.get("/web/")).status_code == 401


async def test_a_session_ends_after_twelve_hours(signed_in: Browser, clock: FixedClock) -> None:
    for _ in range(11):
        clock.passes(hours=1)
        await signed_in.opens("")
    clock.passes(hours=1)
    await signed_in.opens("", 401)


async def test_one_tap_in_the_chat_ends_all_sessions(
    signed_in: Browser, member: FakeMember
) -> None:
    await member.says("/web")
    assert "Nu aangemeld: Firefox, Windows." in member.last.text
    unused = link_in(member.last.text)
    await member.presses("Overal afmelden")
    await signed_in.opens("", 401)
    assert (await signed_in.http.post(unused)).status_code == 410


async def test_a_browser_signs_out_itself_another_one_or_all(
    signed_in: Browser, member: FakeMember, site: ASGIApp
) -> None:
    async with new_browser(site) as http:
        other = Browser(http)
        await other.signs_in(member)
        await signed_in.opens("sessions")
        numbers = signed_in.html.split('name="which" value="')
        assert "Die browser is afgemeld" in await signed_in.posts(
            "sessions", which=numbers[2].split('"')[0]
        )
        await other.opens("", 401)
        await signed_in.opens("sessions")
        await signed_in.posts("sessions", 401, which="all")


async def test_nothing_is_posted_from_another_site(signed_in: Browser) -> None:
    await signed_in.opens("sessions")
    for headers in (
        {"Origin": "https://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = await signed_in.http.post("/web/sessions", data={"which": "all"}, headers=headers)
        assert answer.status_code == 403 and "Dit formulier is verlopen" in answer.text
    for key in ("", "0" * 64):  # from no form, and from a form of another session
        answer = await signed_in.http.post("/web/sessions", data={"which": "all", "form_key": key})
        assert answer.status_code == 403 and "verlopen" in answer.text
    await signed_in.opens("sessions")


async def test_nobody_is_signed_in_by_another_site(browser: Browser, member: FakeMember) -> None:
    await member.says("/web")
    link = link_in(member.last.text)
    for headers in (
        {"Origin": "https://evil.test"},
        {"Origin": "null"},  # a frame in a sandbox
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ):
        assert (await browser.http.post(link, headers=headers)).status_code == 403
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.http.post(link, headers=own)).status_code == 303


async def test_a_link_leads_only_to_a_page_of_ours(browser: Browser, member: FakeMember) -> None:
    for to, where in {
        "sessions": "/web/sessions",
        "//evil.test": "/web/",
        "https://evil.test": "/web/",
        "\\\\evil.test": "/web/",
        "../healthz": "/web/",
        "%0d%0aX-Evil: 1": "/web/",
    }.items():
        await member.says("/web")
        answer = await browser.http.post(link_in(member.last.text), params={"to": to})
        assert answer.headers["location"] == where


@pytest.mark.parametrize("path", ["", "sessions", "sign-in/x", "no-such-page", "static/x/y.css"])
async def test_every_answer_has_the_headers(signed_in: Browser, path: str) -> None:
    answer = await signed_in.http.get(f"/web/{path}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"]


async def test_a_style_sheet_is_kept_under_a_name_that_changes_with_it(signed_in: Browser) -> None:
    await signed_in.opens("")
    sheets = [part.split('"')[0] for part in signed_in.html.split('rel="stylesheet" href="')[1:]]
    assert len(sheets) == 2
    for sheet in sheets:
        answer = await signed_in.http.get(sheet)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]


async def test_a_form_that_is_too_large_is_refused(signed_in: Browser) -> None:
    for language, title in (("nl", "Dit is te groot"), ("en", "This is too large")):
        answer = await signed_in.http.post(
            "/web/sessions", content=b"x" * 3_000_000, headers={"Accept-Language": language}
        )
        assert answer.status_code == 413 and title in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    answer = await signed_in.http.put("/web/sessions")
    assert answer.status_code == 405 and "Dit kan niet" in answer.text
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    answer = await signed_in.http.get(f"/web/{'x' * 2_500}")
    assert answer.status_code == 414 and "Dit kan niet" in answer.text

    async def without_a_length() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
        for _ in range(60):
            yield b"x" * 50_000

    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await signed_in.http.post(
            "/web/sessions", content=without_a_length(), headers={"Content-Type": kind}
        )
        assert answer.status_code in (400, 413), kind
    await signed_in.opens("sessions")


async def test_whoever_is_erased_is_signed_out(signed_in: Browser, member: FakeMember) -> None:
    await member.says("/vergeetmij")
    await member.presses("wis")
    await signed_in.opens("", 401)


async def test_whoever_asks_too_much_waits_and_nobody_else_does(
    signed_in: Browser, member: FakeMember, clock: FixedClock, site: ASGIApp
) -> None:
    asked = [(await signed_in.http.get("/web/")).status_code for _ in range(130)]
    assert asked[:100] == [200] * 100 and asked[-1] == 429
    refused = await signed_in.http.get("/web/")
    assert refused.headers["retry-after"] == "30" and "Wacht 30 seconden" in refused.text
    async with new_browser(site) as http:
        await Browser(http).signs_in(member)
    clock.passes(seconds=30)
    await signed_in.opens("")


async def test_cookies_that_are_made_up_do_not_lead_past_the_limit(browser: Browser) -> None:
    for number in range(700):
        cookies = {"Cookie": f"__Host-olievlek={number}"}
        answer = await browser.http.get("/web/", headers=cookies)
    assert answer.status_code == 429


async def test_an_error_of_ours_is_a_page_and_its_text_is_in_no_log(
    application: Application, member: FakeMember, capsys: pytest.CaptureFixture[str]
) -> None:
    async def breaks(visit: Visit) -> Response:
        raise RuntimeError(f"kanarie of {visit.context.member.name}")

    assert application.site is not None
    site = application.site.application([Page(path="", show=breaks)])
    async with new_browser(site) as http:
        browser = Browser(http)
        await member.says("/web")
        await http.post(link_in(member.last.text))
        assert "Dat lag aan ons" in await browser.opens("", 500)
        assert browser.page is not None and browser.page.headers["content-security-policy"]
    logged = capsys.readouterr().out
    assert "a page could not be made" in logged and "RuntimeError" in logged
    assert "kanarie" not in logged and "Traceback" not in logged

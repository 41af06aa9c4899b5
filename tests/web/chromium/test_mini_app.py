"""The pages opened from Telegram in Chromium: the fragment is handed over, and is gone."""

from urllib.parse import quote

import pytest
from playwright.async_api import Route

from tests.support.fakes import FakeMember
from tests.web.chromium.conftest import World
from tests.web.chromium.looks import PHONE, look_at
from tests.web.mini_apps import init_data


async def joined(world: World) -> FakeMember:
    """A member whose address is a number, as on Telegram."""
    sanne = world.sanne
    member = FakeMember(world.application, sanne.fake_channel, sanne.clock, "4711", called="Noor")
    await member.joins()
    return member


async def test_a_member_opens_the_mini_app(world: World) -> None:
    member = await joined(world)
    handed = init_data(4711, world.sanne.clock())
    asked, console = [], []
    async with world.browser(viewport={"width": PHONE, "height": 700}, locale="nl-NL") as context:
        tab = await context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: console.append(message.text))
        await tab.goto(world.url("mini-app"))  # not from Telegram
        await tab.get_by_role("heading", name="Jouw pagina’s in Telegram").wait_for()
        assert await look_at(tab, "web/mini-app") == []
        await tab.goto("about:blank")
        fragment = (
            f"#tgWebAppData={quote(handed, safe='')}&tgWebAppVersion=8.0&tgWebAppPlatform=web"
        )
        await tab.goto(world.url("mini-app") + fragment)
        await tab.get_by_role("heading", name="Jouw pagina’s", exact=True).wait_for()
        assert tab.url == world.url("")
        await tab.get_by_role("navigation").get_by_role("link").nth(1).press("Enter")
        await tab.wait_for_load_state()
        assert tab.url != world.url("")
        (cookie,) = await context.cookies()
        assert cookie["name"] == "__Host-olievlek-mini-app" and cookie["sameSite"] == "None"
        assert all(url.startswith(world.address) for url in asked)
        assert not [url for url in asked if "hash" in url]
        assert console == []
        await tab.goto("about:blank")
        await tab.goto(world.url("mini-app") + fragment)
        await tab.get_by_role("heading", name="Je bent niet aangemeld").wait_for()
    assert "Chrome" in member.last.text


FRAME = "<!doctype html><title>Chat</title><iframe src='{url}' width='400' height='600'></iframe>"


@pytest.mark.parametrize(
    ("origin", "shown"), [("https://web.telegram.org", True), ("https://evil.test", False)]
)
async def test_it_is_shown_in_a_frame_of_telegram_alone(
    world: World, origin: str, shown: bool
) -> None:
    member = await joined(world)
    handed = quote(init_data(4711, world.sanne.clock()), safe="")
    html = FRAME.format(url=world.url("mini-app") + f"#tgWebAppData={handed}")

    async def around(route: Route) -> None:
        await route.fulfill(body=html, content_type="text/html")

    async with world.browser(locale="nl-NL") as context:
        await context.route(f"{origin}/**", around)
        # Without it Chromium itself keeps a public page away from this machine.
        await context.grant_permissions(["local-network-access"])
        tab, console = await context.new_page(), []
        tab.on("console", lambda message: console.append(message.text))
        await tab.goto(f"{origin}/")
        frame = tab.frame_locator("iframe")
        if not shown:
            await tab.wait_for_timeout(500)
            assert "frame-ancestors" in console[0]
            assert await frame.get_by_role("heading").count() == 0
            assert await context.cookies() == []
            assert "Chrome" not in member.last.text
            return
        await frame.get_by_role("heading", name="Jouw pagina’s", exact=True).wait_for()
        await frame.get_by_role("navigation").get_by_role("link", name="Aangemeld").press("Enter")
        await frame.get_by_role("button", name="Overal afmelden").press("Enter")
        await frame.get_by_role("heading", name="Jouw pagina’s in Telegram").wait_for()
        assert await context.cookies() == []

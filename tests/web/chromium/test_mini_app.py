"""The pages opened from Telegram in Chromium: the fragment is handed over, and is gone."""

from urllib.parse import quote

from tests.support.fakes import FakeMember
from tests.web.chromium.conftest import World
from tests.web.chromium.test_accessibility import PHONE, faults
from tests.web.mini_apps import init_data


async def test_a_member_opens_the_mini_app(world: World) -> None:
    member = FakeMember(
        world.application, world.sanne.fake_channel, world.sanne.clock, "4711", called="Noor"
    )
    await member.joins()
    handed = init_data(4711, world.sanne.clock())
    asked, console = [], []
    async with world.browser(viewport={"width": PHONE, "height": 700}, locale="nl-NL") as context:
        tab = await context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: console.append(message.text))
        await tab.goto(world.url("mini-app"))  # not from Telegram
        await tab.get_by_role("heading", name="Jouw pagina’s in Telegram").wait_for()
        assert await faults(tab) == []
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

"""The lock on the chat in Chromium: put on by hand, shut by itself, with a script and without."""

from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Error, expect

from tests.support.fakes import FixedClock
from tests.web.chromium.looks import DESKTOP, PHONE, look_at
from tests.web.chromium.test_chat import Chats, application, chats, press, says, sees

__all__ = ["application", "chats"]  # fixtures

PIN = "2580"


@pytest.mark.parametrize(("script", "width"), [(True, PHONE), (False, DESKTOP)])
async def test_it_shuts_when_nothing_is_done_and_opens_with_the_pin(
    chats: Chats, clock: FixedClock, tmp_path: Path, script: bool, width: int
) -> None:
    found: list[str] = []
    viewport = {"width": width, "height": 640}
    async with chats.tab(java_script_enabled=script, viewport=viewport) as tab:
        await tab.clock.install()
        await tab.goto(f"{chats.address}/chat")
        await press(tab, "Begin")
        await press(tab, "Nederlands")
        await says(tab, "ma-zo 9:30")
        await sees(tab, "elke dag om 9:30")
        await tab.get_by_role("link", name="Apparaten").click()
        await tab.get_by_text("Zet een slot op deze browser").click()
        await tab.get_by_label("Kies een pincode").fill(PIN)
        await tab.get_by_label("Nog een keer").fill(PIN)
        await tab.get_by_label("Op slot na").select_option("1 minuut")
        if script:
            found += await look_at(tab, "chat/browsers")
        await tab.screenshot(path=tmp_path / "lock-form.png", full_page=True)
        await press(tab, "Zet het slot erop")
        await expect(tab.get_by_text("als je 1 minuut niets doet")).to_be_visible()
        await tab.get_by_role("link", name="Naar het gesprek").click()
        await sees(tab, "elke dag om 9:30")
        if script:
            for _ in range(3):  # somebody reads, and that is use
                await tab.clock.run_for(50_000)
                clock.passes(seconds=50)
                async with tab.expect_response("**/chat/used"):
                    await tab.mouse.move(10, 10)
                    await tab.mouse.move(20, 20)
            await sees(tab, "elke dag om 9:30")
            # It may load the page twice, where the second breaks off the first, and this with it.
            with suppress(Error):
                await tab.clock.run_for(61_000)
        else:
            clock.passes(seconds=60)
            await tab.reload()
        await expect(tab.get_by_role("heading", name="Dit gesprek zit op slot")).to_be_visible()
        assert await tab.title() == "Olievlek"
        await tab.screenshot(path=tmp_path / "locked.png", full_page=True)
        if script:
            found += await look_at(tab, "chat")
        await tab.get_by_label("Pincode").fill(PIN)
        await press(tab, "Open het gesprek")
        await sees(tab, "elke dag om 9:30")
        if script:  # somebody puts the clock back, and would have it open for longer
            await tab.clock.set_system_time(0)
            await tab.clock.run_for(2_000)
            await expect(tab.get_by_role("heading", name="Dit gesprek zit op slot")).to_be_visible()
    assert found == []

"""The editor of a challenge in Chromium: what is typed is shown and judged at once."""

from playwright.async_api import expect

from tests.web.chromium.conftest import World


async def test_the_preview_follows_what_is_typed(world: World) -> None:
    console: list[str] = []
    async with world.browser() as context:
        tab = await context.new_page()
        tab.on("console", lambda message: console.append(message.text))
        await world.sign_in(tab, world.sanne)
        await tab.goto(world.url("sets/lef/edit/1"))
        field, looks = tab.locator("#task_nl"), tab.locator("#looks")
        await field.fill("Vraag vandaag iets aan de bakker.")
        await expect(looks).to_contain_text("Vraag vandaag iets aan de bakker.")
        await expect(looks).to_contain_text("1. ✅ Gedaan")  # as on Matrix
        await expect(field).to_be_focused()
        await field.fill("Vraag" + " heel" * 20 + " veel.")
        await expect(looks.get_by_role("status")).to_contain_text("Houd het op hoogstens 20.")
        await field.fill("kort")
        await expect(looks.get_by_role("status")).to_contain_text("is 4 tekens, minstens 10")
        await tab.reload()
        await expect(field).not_to_have_value("kort")  # nothing was saved
    assert console == []
    async with world.browser(java_script_enabled=False) as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        await tab.goto(world.url("sets/lef/edit/1"))
        await tab.locator("#task_nl").fill("Vraag vandaag iets aan de slager.")
        await tab.get_by_role("button", name="Bekijken zonder te bewaren").click()
        await expect(tab.locator("#looks")).to_contain_text("Vraag vandaag iets aan de slager.")
        await expect(tab.locator("#looks")).to_contain_text("Het is nog niet bewaard.")

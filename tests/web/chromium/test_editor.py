"""What trainers edit, in Chromium: a challenge is judged at once, and an order moves by buttons."""

from playwright.async_api import Page as Tab
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
        await _moves_down_and_up(tab, world)
    assert console == []
    async with world.browser(java_script_enabled=False) as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        await tab.goto(world.url("sets/lef/edit/1"))
        await tab.locator("#task_nl").fill("Vraag vandaag iets aan de slager.")
        await tab.get_by_role("button", name="Bekijken zonder te bewaren").click()
        await expect(tab.locator("#looks")).to_contain_text("Vraag vandaag iets aan de slager.")
        await expect(tab.locator("#looks")).to_contain_text("Het is nog niet bewaard.")
        await _moves_down_and_up(tab, world)


async def _moves_down_and_up(tab: Tab, world: World) -> None:
    """Moves a challenge by keyboard: the focus stays on it, and the new place is in sight."""
    await tab.goto(world.url("programmes"))
    first = "#olievlek-in-6-weken-c1"
    await tab.locator(f"{first}-down").press("Enter")
    for said, key in (
        ("naieve-vraag staat nu op plaats 2 van 2 in week 1.", "c2-down"),
        ("naieve-vraag staat nu op plaats 1 van 3 in week 2.", "c2-down"),
        ("naieve-vraag staat nu op plaats 2 van 3 in week 2.", "c3-down"),
    ):
        button = tab.locator(f"#olievlek-in-6-weken-{key}")
        await expect(tab.get_by_role("status")).to_have_text(said)
        await expect(tab.get_by_role("status")).to_be_in_viewport()
        await expect(button).to_be_focused()
        await expect(button).to_have_accessible_description(f"nieuwsgierig : naieve-vraag {said}")
        await tab.keyboard.press("Enter")
    await tab.get_by_role("button", name="Terug naar de eerste volgorde").press("Enter")
    await expect(tab.get_by_role("heading", name="Olievlek in 6 weken")).to_be_focused()
    await expect(tab.locator(f"{first}-up")).to_have_attribute("aria-disabled", "true")
    await tab.goto(world.url("sets/lef/edit"))
    await tab.locator("#down-1").press("Enter")
    await expect(tab.locator("#down-2")).to_be_focused()
    await expect(tab.get_by_role("status")).to_be_in_viewport()
    await tab.locator("#up-2").press("Enter")
    await expect(tab.locator("#up-1")).to_be_focused()

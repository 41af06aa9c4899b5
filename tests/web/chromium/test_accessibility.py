"""Every page in Chromium: what axe finds, by keyboard, on a phone, without scripts, and enlarged.

Each page is looked at in both languages, light and dark, narrow and wide, so that each pair of
those occurs.
"""

from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page as Tab

from bot.conversation.words import Words
from bot.web.pages.registry import PAGES
from tests.web.chromium.conftest import World
from tests.web.chromium.looks import (
    DESKTOP,
    ENLARGED,
    PHONE,
    USABLE,
    faults,
    is_too_wide,
    look_at,
    lost_by_spacing,
    lost_in_forced_colours,
    stops,
)
from tests.web.conftest import link_in
from tests.web.walk import is_download, path_of

LOOKS = [
    ("nl", "light", DESKTOP),
    ("nl", "dark", PHONE),
    ("en", "light", PHONE),
    ("en", "dark", DESKTOP),
]
# Of these pages, the names, roles and states as a screen reader gets them are in `trees/`.
TREES = {
    "": "home",
    "own": "own",
    "diary": "diary",
    "rhythm": "rhythm",
    "team/1": "board",
    "team/1/invitations": "invitations",
    "sets": "sets",
    "sets/lef/edit/1": "challenge",
    "privacy": "privacy",
    "sessions": "sessions",
}


async def paths(world: World) -> list[str]:
    """The path of every page, with the ids of things that are there."""
    team = (await world.team.row()).id
    return [path_of(page, team) for page in PAGES if not is_download(page)]


async def other_tree(tab: Tab, language: str, name: str) -> list[str]:
    """Whether a screen reader gets something else than what stands in `trees/`.

    A tree that is not there is written, to be read before it is committed: to have one made anew,
    delete its file.
    """
    file = Path(__file__).with_name("trees") / f"{name}.{language}.yaml"
    tree = f"{await tab.locator('body').aria_snapshot()}\n"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(tree)
        return [f"{file.name} was written; read it"]
    lines = unified_diff(file.read_text().splitlines(), tree.splitlines(), file.name, "now", n=1)
    return ["\n".join(lines)] if file.read_text() != tree else []


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
async def test_axe_finds_nothing_on_any_page(
    world: World, language: str, scheme: str, width: int
) -> None:
    if language == "en":
        await world.sanne.says("/taal en")
    found, console = [], []
    options: dict[str, Any] = {
        "color_scheme": scheme,
        "viewport": {"width": width, "height": 800},
        "locale": {"nl": "nl-NL", "en": "en-GB"}[language],
    }
    async with world.browser(**options) as context:
        tab = await context.new_page()
        tab.on("console", lambda message: console.append(message.text))
        await tab.goto(world.url(""))  # not signed in
        found += await look_at(tab, "web/")
        await tab.goto(world.url("sign-in/no-such-link"))
        found += await look_at(tab, "web/sign-in/{token}")
        await world.sanne.says("/web")
        await tab.goto(link_in(world.sanne.last.text))  # not used: the next one works as well
        found += await look_at(tab, "web/sign-in/{token}")
        await world.sign_in(tab, world.sanne)
        await tab.goto(world.url("nothing-here"))
        found += await look_at(tab, "web/{nothing}")
        console.clear()  # the statuses of those are told
        for path in await paths(world):
            answer = await tab.goto(world.url(path))
            assert answer is not None and answer.status == 200, path
            assert await tab.get_attribute("html", "lang") == language
            found += await faults(tab)
            if await is_too_wide(tab):
                found.append(f"{path} is wider than {width} px")
            if scheme == "light" and path in TREES:
                found += await other_tree(tab, language, TREES[path])
        assert console == []  # nothing that the policy forbids, and no error of a script
        if scheme == "light":
            found += await wrong_form(tab, world.url("team/1/invitations"), language)
    assert found == []


async def wrong_form(tab: Tab, url: str, language: str) -> list[str]:
    """What is wrong with a form that was filled in wrongly; the error is in `trees/` too."""
    await tab.goto(url)
    await tab.locator("#days").fill("0")
    await tab.locator("#days").press("Enter")
    await tab.get_by_role("alert").wait_for()
    assert (await tab.title()).startswith(Words(language)("page.error_prefix"))
    return await faults(tab) + await other_tree(tab, language, "invitations-wrong")


async def test_a_reader_may_enlarge_and_space_everything(world: World) -> None:
    """400 % on 1,280 px is a screen of 320 px; text spacing as in criterion 1.4.12."""
    found = []
    async with world.browser(viewport=ENLARGED) as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        for path in await paths(world):
            await tab.goto(world.url(path))
            found += [f"{path}: {line}" for line in await lost_by_spacing(tab)]
    assert found == []


async def test_all_that_can_be_used_is_reached_by_keyboard_and_seen(world: World) -> None:
    async with world.browser(viewport={"width": DESKTOP, "height": 800}) as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        for path in await paths(world):
            await tab.goto(world.url(path))
            reached = [stop async for stop in stops(tab)]
            usable = await tab.evaluate(USABLE)
            assert len(reached) >= usable, path
            assert reached[0]["name"] in ("Naar de inhoud", "To the content"), path
            assert [stop for stop in reached if not (stop["visible"] and stop["within"])] == []


async def test_colours_that_a_reader_forces_leave_everything_usable(world: World) -> None:
    found = []
    async with world.browser(forced_colors="active", reduced_motion="reduce") as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        for path in await paths(world):
            await tab.goto(world.url(path))
            found += [f"{path}: {line}" for line in await lost_in_forced_colours(tab)]
    assert found == []

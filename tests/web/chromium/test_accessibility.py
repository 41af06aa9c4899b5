"""Every page in Chromium: what axe finds, by keyboard, on a phone, without scripts, and enlarged.

axe looks for failures of WCAG 2.2 AA and of its best practices. Each page is looked at in both
languages, light and dark, narrow and wide, so that each pair of those occurs.
"""

from collections.abc import AsyncIterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page as Tab

from bot.web.pages.registry import PAGES
from tests.web.chromium.conftest import World
from tests.web.walk import is_download, path_of

PHONE, DESKTOP = 320, 1280
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
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
# What WCAG 1.4.12 says that a reader may set; it goes in past the policy, as an extension would.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; }
* { word-spacing: 0.16em !important; }
p { margin-block-end: 2em !important; }
"""


async def paths(world: World) -> list[str]:
    """The path of every page, with the ids of things that are there."""
    team = (await world.team.row()).id
    return [path_of(page, team) for page in PAGES if not is_download(page)]


async def faults(tab: Tab) -> list[str]:
    """What axe finds on the page that is open, a line each."""
    results = await Axe().run(tab, options=RULES)
    return [
        f"{tab.url}: {rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for rule in results.response["violations"]
        for node in rule["nodes"]
    ]


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


async def is_too_wide(tab: Tab) -> bool:
    """Whether somebody has to scroll sideways to read the page."""
    wide: bool = await tab.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return wide


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
        found += await faults(tab)
        await tab.goto(world.url("sign-in/no-such-link"))
        found += await faults(tab)
        console.clear()  # the statuses of those two are told
        await world.sign_in(tab, world.sanne)
        for path in await paths(world):
            answer = await tab.goto(world.url(path))
            assert answer is not None and answer.status == 200, path
            assert await tab.get_attribute("html", "lang") == language
            found += await faults(tab)
            if await is_too_wide(tab):
                found.append(f"{path} is wider than {width} px")
            if scheme == "light" and path in TREES:
                found += await other_tree(tab, language, TREES[path])
    assert found == []
    assert console == []  # nothing that the policy forbids, and no error of a script


async def test_a_reader_may_enlarge_and_space_everything(world: World) -> None:
    """400 % on 1,280 px is a screen of 320 px; text spacing as in criterion 1.4.12."""
    found = []
    async with world.browser(viewport={"width": PHONE, "height": 256}) as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        for path in await paths(world):
            await tab.goto(world.url(path))
            await tab.evaluate(
                "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
                " document.adoptedStyleSheets = [sheet]; }",
                SPACING,
            )
            if await is_too_wide(tab):
                found.append(f"{path}: scrolls sideways")
            found += [f"{path}: {text!r} is cut off" for text in await tab.evaluate(CUT_OFF)]
    assert found == []


# The texts of which a part is hidden by the box that they are in.
CUT_OFF = """() => [...document.querySelectorAll('main *')].filter(element => {
  const style = getComputedStyle(element);
  return element.childElementCount === 0 && element.textContent.trim()
    && !element.closest('.olievlek-hidden, svg, .olievlek-scroll')
    && ['hidden', 'clip'].includes(style.overflowX)
    && (element.scrollWidth > element.clientWidth + 1
        || element.scrollHeight > element.clientHeight + 1);
}).map(element => element.textContent.trim().slice(0, 60))"""

FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  return {
    name: (element.getAttribute('aria-label') || element.textContent || element.name || '').trim(),
    tag: element.tagName,
    visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    within: box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0,
    height: box.height,
  };
}"""
# What can have the focus without showing it. The Tab key goes over all of it in another test.
UNSEEN = """() => [...document.querySelectorAll('a[href], button, input, select, textarea')]
.filter(element => {
  element.focus();
  const { outlineStyle } = getComputedStyle(element);
  return document.activeElement === element && outlineStyle === 'none';
}).map(element => element.outerHTML.slice(0, 100))"""
TABS = 400
# Of radio buttons the arrow keys choose; what is in closed details is not there yet.
USABLE = """() => [...document.querySelectorAll(
  'a[href], button, input:not([type=hidden], [type=radio]), select, textarea, summary'
)].filter(element => !element.disabled && element.checkVisibility()).length"""


async def stops(tab: Tab) -> AsyncIterator[dict[str, Any]]:
    """What the Tab key reaches on the page that is open, one after the other."""
    await tab.evaluate("document.activeElement.blur()")
    for _ in range(TABS):
        await tab.keyboard.press("Tab")
        focused = await tab.evaluate(FOCUSED)
        if focused is None:
            return
        yield focused
    raise AssertionError(f"{tab.url}: the keyboard does not get out of it")


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
    async with world.browser(forced_colors="active", reduced_motion="reduce") as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        for path in await paths(world):
            await tab.goto(world.url(path))
            moving = await tab.evaluate(
                "() => [...document.querySelectorAll('*')].filter(element => {"
                " const { animationName, transitionDuration } = getComputedStyle(element);"
                " return animationName !== 'none' || parseFloat(transitionDuration) > 0;"
                " }).length"
            )
            assert moving == 0, path
            await tab.keyboard.press("Tab")  # so that a focus is one by keyboard
            assert await tab.evaluate(UNSEEN) == [], path

"""How a page is looked at: what axe finds, by keyboard, enlarged, spaced, and in forced colours.

axe looks for failures of WCAG 2.2 AA and of its best practices. A page that is not in the registry
is looked at with `look_at` where a test comes across it; `tests/web/test_looks.py` checks that no
page is left out.
"""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page as Tab
from playwright.async_api import ViewportSize
from starlette.routing import compile_path

PHONE, DESKTOP = 320, 1280
ENLARGED = ViewportSize(width=PHONE, height=256)  # 400 % on 1,280 px
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# What WCAG 1.4.12 says that a reader may set; it goes in past the policy, as an extension would.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; }
* { word-spacing: 0.16em !important; }
p { margin-block-end: 2em !important; }
"""
MOVING = """() => [...document.querySelectorAll('*')].filter(element => {
  const { animationName, transitionDuration } = getComputedStyle(element);
  return animationName !== 'none' || parseFloat(transitionDuration) > 0;
}).length"""
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
# A blur leaves the place where the Tab key goes on.
FROM_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
}"""
# Of radio buttons the arrow keys choose; what is in closed details is not there yet.
USABLE = """() => [...document.querySelectorAll(
  'a[href], button, input:not([type=hidden], [type=radio]), select, textarea, summary'
)].filter(element => !element.disabled && element.checkVisibility()).length"""


async def look_at(tab: Tab, route: str) -> list[str]:
    """What is wrong with the page that is open, of a route with this path; a line each."""
    path, pattern = urlsplit(tab.url).path, compile_path(f"/{route}")[0]
    assert pattern.fullmatch(path), (path, route)
    found = await faults(tab)
    if await is_too_wide(tab):
        found.append("scrolls sideways")
    found += [f"{text!r} is cut off" for text in await tab.evaluate(CUT_OFF)]
    found += await _lost_by_keyboard(tab)
    await tab.emulate_media(forced_colors="active", reduced_motion="reduce")
    found += await lost_in_forced_colours(tab)
    await tab.emulate_media(forced_colors="none", reduced_motion="no-preference")
    before = tab.viewport_size
    await tab.set_viewport_size(ENLARGED)
    found += await lost_by_spacing(tab)
    if before is not None:
        await tab.set_viewport_size(before)
    return [f"{tab.url}: {line}" for line in found]


async def faults(tab: Tab) -> list[str]:
    """What axe finds on the page that is open, a line each."""
    results = await Axe().run(tab, options=RULES)
    return [
        f"{tab.url}: {rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for rule in results.response["violations"]
        for node in rule["nodes"]
    ]


async def is_too_wide(tab: Tab) -> bool:
    """Whether somebody has to scroll sideways to read the page."""
    wide: bool = await tab.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return wide


async def lost_by_spacing(tab: Tab) -> list[str]:
    """What cannot be read any more with the spacing of criterion 1.4.12, a line each."""
    found = []
    await tab.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
        " document.adoptedStyleSheets = [sheet]; }",
        SPACING,
    )
    if await is_too_wide(tab):
        found.append("scrolls sideways when enlarged")
    found += [f"{text!r} is cut off when spaced" for text in await tab.evaluate(CUT_OFF)]
    await tab.evaluate("document.adoptedStyleSheets = []")
    return found


async def lost_in_forced_colours(tab: Tab) -> list[str]:
    """What moves, or shows no focus, in colours that a reader forced, a line each."""
    moving = await tab.evaluate(MOVING)
    await tab.keyboard.press("Tab")  # so that a focus is one by keyboard
    unseen = await tab.evaluate(UNSEEN)
    return [*(["something moves"] if moving else []), *(f"no focus on {each}" for each in unseen)]


async def _lost_by_keyboard(tab: Tab) -> list[str]:
    """What the Tab key does not reach, or does not show, a line each."""
    reached = [stop async for stop in stops(tab)]
    usable = await tab.evaluate(USABLE)
    missed = [] if len(reached) >= usable else [f"{len(reached)} of {usable} reached by keyboard"]
    unseen = [stop for stop in reached if not (stop["visible"] and stop["within"])]
    return [*missed, *(f"not seen: {stop['name']}" for stop in unseen)]


async def stops(tab: Tab) -> AsyncIterator[dict[str, Any]]:
    """What the Tab key reaches on the page that is open, one after the other."""
    await tab.evaluate(FROM_THE_TOP)
    for _ in range(TABS):
        await tab.keyboard.press("Tab")
        focused = await tab.evaluate(FOCUSED)
        if focused is None:
            return
        yield focused
    raise AssertionError(f"{tab.url}: the keyboard does not get out of it")

"""Whatever is asked or posted, nothing is a 500, and nothing is half done."""

import random
import re
from collections.abc import Iterator

import pytest

from bot.store.members import roles
from bot.store.schema.teams import Role
from bot.web.pages.page import Page
from bot.web.pages.registry import PAGES
from tests.conversation.teams import Team
from tests.support.fakes import FakeMember
from tests.web.conftest import Browser
from tests.web.walk import PLACE, path_of

pytestmark = pytest.mark.slow  # thousands of requests

ODD = (
    "", " ", "0", "-1", "1", "7", str(2**31), str(10**30), "1e9", "٣", "NaN", "null", "x" * 5_000,
    "<script>alert(1)</script>", "'; DROP TABLE members; --", "../../etc/passwd", "%00", "\0",
    "\ud7ff", "😀" * 300, "a\r\nX-Evil: 1", "[]", "{}", "true", "2026-02-30", "99:99", "{{7*7}}",
    "\u202eevil", "on", "yes", "all",
)  # fmt: skip
ODD_IN_PATHS = ("0", "-1", "x", str(2**31), str(10**30), "1e9", "%00", "..%2f..", "%F0%9F%98%80")
SUFFICIENT = 12  # forms a page


@pytest.fixture
async def everybody(team: Team) -> FakeMember:
    """Somebody with every role."""
    sanne = await team.member("sanne")
    await team.led_by(sanne)
    async with team.application.database.transaction() as session:
        for role in (Role.TRAINER, Role.ADMIN):
            await roles.grant(session, sanne.address.pair, role, None, team.clock())
    return sanne


def odd_paths(page: Page, team: int) -> Iterator[str]:
    for place in PLACE.finditer(page.path):
        for odd in ODD_IN_PATHS:
            yield path_of(page, team, **{place[1]: odd})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path or "(first)")
async def test_odd_addresses(
    team: Team, everybody: FakeMember, browser: Browser, page: Page
) -> None:
    await browser.signs_in(everybody)
    number = (await team.row()).id
    for path in [path_of(page, number), *odd_paths(page, number)]:
        for query in ("", "?page=-1&number=x&q=%00&to=//evil.test", f"?{'a' * 1_500}=1"):
            answer = await browser.http.get(f"/web/{path}{query}")
            assert answer.status_code < 500, (path, query)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.change], ids=lambda page: page.path or "(first)"
)
async def test_odd_forms(team: Team, everybody: FakeMember, browser: Browser, page: Page) -> None:
    dice = random.Random(page.path)
    path = path_of(page, (await team.row()).id)
    await browser.signs_in(everybody)
    for _ in range(SUFFICIENT):
        shown = await browser.http.get(f"/web/{path}")
        if shown.status_code == 401:  # an earlier form signed out, or erased her
            break
        names = sorted(set(re.findall(r'name="([a-z_0-9-]+)"', shown.text)))
        key = re.search(r'name="form_key" value="([0-9a-f]+)"', shown.text)
        usual = dict(re.findall(r'name="([a-z_0-9-]+)" value="([^"]*)"', shown.text))
        form = {
            name: usual[name] if name in usual and dice.random() < 0.5 else dice.choice(ODD)
            for name in names
            if dice.random() < 0.9
        }
        form["form_key"] = key[1] if key else ""
        answer = await browser.http.post(f"/web/{path}", data=form)
        assert answer.status_code < 500, (path, form)
        if answer.status_code == 422:
            assert 'role="alert"' in answer.text


async def test_what_is_no_form(signed_in: Browser) -> None:
    for page in PAGES:
        if page.change is None:
            continue
        path = f"/web/{path_of(page, 1)}"
        for content, kind in (
            (b"\xff\xfe{", "application/json"),
            (b"a=%ff&b=%00", "application/x-www-form-urlencoded"),
            (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
            (b"", "multipart/form-data"),
        ):
            answer = await signed_in.http.post(
                path, content=content, headers={"Content-Type": kind}
            )
            assert answer.status_code in (400, 403, 404), (path, kind, answer.status_code)

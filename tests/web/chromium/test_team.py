"""The pages of a team that are full: two years of weeks, a new invitation, and its poster."""

from datetime import date

import pytest

from bot.core.streaks.team_board import WEEK, WeekMark
from bot.store.schema.teams import TeamWeekRow
from bot.store.teams import teams
from tests.support.fakes import FakeChannel
from tests.web.chromium import page_pictures
from tests.web.chromium.conftest import World
from tests.web.chromium.looks import DESKTOP, PHONE, look_at
from tests.web.test_team_poster import InvitingChannel

LONG = "Bestuursondersteuningscoördinatieoverleg Súdwest-Fryslân 🌊"
MARKS = (WeekMark.MOST, WeekMark.HALF, WeekMark.BELOW, WeekMark.QUIET)


@pytest.fixture
def fake_channel() -> FakeChannel:
    """A channel whose links carry an invitation."""
    return InvitingChannel()


@pytest.mark.parametrize(("scheme", "width"), [("light", PHONE), ("dark", DESKTOP)])
async def test_axe_finds_nothing_on_full_pages(world: World, scheme: str, width: int) -> None:
    team = (await world.team.row()).id
    async with world.application.database.transaction() as session:
        for n in range(104):
            monday, mark = date(2026, 11, 16) - n * WEEK, MARKS[n % 4]
            session.add(TeamWeekRow(team_id=team, monday=monday, mark=mark, themes=["lef"]))
        at = world.application.clock()
        await teams.create(session, LONG, "nl", "Europe/Amsterdam", at)
    found: list[str] = []
    viewport = {"width": width, "height": 800}
    async with world.browser(viewport=viewport, color_scheme=scheme) as context:
        tab = await context.new_page()
        await world.sign_in(tab, world.sanne)
        await tab.goto(world.url("sets/lef/publish"))
        await tab.get_by_text(LONG).wait_for()
        found += await look_at(tab, "web/sets/{name}/publish")
        await tab.goto(world.url(f"team/{team}"))
        await tab.locator("summary").press("Enter")
        assert await tab.locator("tbody tr").count() == 105
        found += await look_at(tab, "web/team/{team:int}")
        await tab.goto(world.url(f"team/{team}/invitations"))
        await tab.get_by_role("button", name="Nieuwe uitnodiging maken").press("Enter")
        await tab.get_by_role("img", name="QR-code van de uitnodiging").wait_for()
        found += await look_at(tab, "web/team/{team:int}/invitations")
        await tab.get_by_role("button", name="Poster om te printen").press("Enter")
        await tab.get_by_role("heading", name="Doe mee met Griffie").wait_for()
        found += await look_at(tab, "web/team/{team:int}/poster")
        await tab.emulate_media(media="print")
        assert not await tab.get_by_text("Print deze pagina").is_visible()
        await tab.goto(world.url(f"team/{team}/invitations"))
        found += await look_at(tab, "web/team/{team:int}/invitations")
    assert found == []
    if scheme == "light":  # with the browser that is there
        assert await page_pictures.stale(world) == [], "docs/pages is stale: run `make pictures`"

"""Who may open which page: every page, by each capacity, as the one table says."""

import pytest

from bot.core.permissions import Capacity, is_permitted
from bot.store.members.roles import Roles
from bot.web.pages.page import Page
from bot.web.pages.registry import PAGES
from tests.conversation.teams import Team
from tests.conversation.test_permissions import has
from tests.web.conftest import Browser
from tests.web.walk import PLACE, path_of


def is_about_a_thing(page: Page) -> bool:
    """Whether its path names something that need not be there, such as a set or a reflection."""
    return any(place[1] != "team" for place in PLACE.finditer(page.path))


async def test_nobody_sees_anything_without_signing_in(browser: Browser) -> None:
    for page in PAGES:
        for method in ("GET", "POST"):
            answer = await browser.http.request(method, f"/web/{path_of(page, 1)}")
            expected = 405 if method == "POST" and page.change is None else 401
            assert answer.status_code == expected, (method, page.path)


@pytest.mark.parametrize("capacity", Capacity)
async def test_each_page_is_for_whom_the_table_says(
    team: Team, browser: Browser, capacity: Capacity
) -> None:
    sanne = await team.member("sanne")
    other = await has(sanne, team, capacity)
    own, elsewhere = (await team.row()).id, (await other.row()).id
    await browser.signs_in(sanne)
    for page in PAGES:
        is_open = is_permitted(page.audience, frozenset({Capacity.MEMBER, capacity}))
        if page.is_about_team and capacity is Capacity.OTHER_LEAD:
            is_open = is_permitted(page.audience, frozenset({Capacity.MEMBER}))
        answer = await browser.http.get(f"/web/{path_of(page, own)}")
        expected = (200, 303) if is_open else (404,)
        if is_open and is_about_a_thing(page):
            expected = (*expected, 404)
        assert answer.status_code in expected, (page.path, capacity)
        posted = await browser.http.post(f"/web/{path_of(page, own)}")
        assert posted.status_code == (405 if page.change is None else 403)  # without a form's key
        if page.is_about_team:
            leads_there = capacity is Capacity.OTHER_LEAD
            answer = await browser.http.get(f"/web/{path_of(page, elsewhere)}")
            assert (answer.status_code == 200) == leads_there, (page.path, capacity)


async def test_a_lead_of_another_team_gets_the_answer_of_no_page_at_all(
    team: Team, browser: Browser
) -> None:
    sanne = await team.member("sanne")
    other = await has(sanne, team, Capacity.MEMBER)
    hidden, nowhere = (await other.row()).id, 987_654
    await browser.signs_in(sanne)
    for page in PAGES:
        if page.is_about_team:
            answers = [
                await browser.http.get(f"/web/{path_of(page, number)}")
                for number in (hidden, nowhere)
            ]
            assert [answer.status_code for answer in answers] == [404, 404], page.path
            assert answers[0].text == answers[1].text, page.path


def test_an_audience_of_the_pages_is_one_of_the_table() -> None:
    everything = Roles(frozenset({1}), trainer=True, admin=True)
    assert all(everything.belongs_to(page.audience, 1) for page in PAGES)

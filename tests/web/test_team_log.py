"""The audit trail of one team in a browser, in words, with no name that the team does not see."""

import re

import pytest

from bot.store.admin import audit
from tests.conversation.teams import Team, number_of
from tests.web.conftest import Browser


@pytest.fixture
async def path(team: Team, browser: Browser) -> str:
    """The path of the team's board; its lead is signed in."""
    lead = await team.member("lead")
    await team.led_by(lead)
    found = f"team/{(await team.row()).id}"
    await browser.signs_in(lead, found)
    return found


async def test_the_log_says_what_was_done_in_this_team(
    team: Team, path: str, browser: Browser
) -> None:
    assert "Er staat nog niets" in await browser.opens(f"{path}/log")
    joost = await team.member("joost")
    who = await number_of(joost)
    await browser.opens(f"{path}/invitations")
    await browser.posts(f"{path}/invitations", days="3", people="1")
    await browser.opens(f"{path}/invitations")
    await browser.posts(f"{path}/invitations", revoke="all")
    await browser.opens(f"{path}/hand-over")
    await browser.posts(f"{path}/hand-over", member=str(who), how="too")
    await joost.says("/team groep")
    text = await browser.opens(f"{path}/log")
    said = [
        "Joost Code gemaakt om een groep te koppelen",
        "jij Rol van leider gegeven aan: Joost",
        "jij Alle uitnodigingen ingetrokken",
        "jij Uitnodiging gemaakt voor 1 persoon, tot 26 nov 2026",
    ]
    places = [text.index(sentence) for sentence in said]
    assert places == sorted(places)
    await joost.says("/team verberg")
    text = await browser.opens(f"{path}/log")
    assert "Joost" not in text and "gegeven aan: iemand" in text


async def test_the_log_has_nothing_of_another_team_and_no_operator(
    team: Team, path: str, browser: Browser
) -> None:
    number = (await team.row()).id
    acts = [
        audit.NewEntry("operator:anna", audit.Action.TEAM_CREATED, f"team:{number}"),
        audit.NewEntry("system", audit.Action.GROUP_DISCONNECTED, f"team:{number}", "telegram"),
        audit.NewEntry("member:99", audit.Action.PUBLISHED, "set:lef", f"version:3,team:{number}"),
        audit.NewEntry("operator:anna", audit.Action.TEAM_CREATED, f"team:{number}1"),
        audit.NewEntry(
            "member:99", audit.Action.PUBLISHED, "set:vraag", f"version:4,team:{number}1"
        ),
        audit.NewEntry("operator:anna", audit.Action.ERASED, "member:99"),
    ]
    async with team.application.database.transaction() as session:
        for act in acts:
            await audit.record(session, act, team.clock())
    text = await browser.opens(f"{path}/log")
    assert browser.html.count('<th scope="row">') == 3
    assert "wie de bot beheert Team gemaakt" in text and "anna" not in text
    assert "Olievlek Groep op Telegram losgemaakt" in text
    assert "iemand Uitdagingen “Heb lef en leer van fouten” gepubliceerd, versie 3" in text


async def test_a_long_log_goes_on(team: Team, path: str, browser: Browser) -> None:
    number = (await team.row()).id
    async with team.application.database.transaction() as session:
        for n in range(1, 53):
            act = audit.NewEntry(
                "system", audit.Action.INVITED, f"team:{number}", f"uses:{n},until:2026-11-26"
            )
            await audit.record(session, act, team.clock())
    text = await browser.opens(f"{path}/log")
    assert "voor 52 mensen" in text and "voor 2 mensen" not in text
    earlier = re.search(r"\?before=(\d+)", browser.html)
    assert earlier is not None
    text = await browser.opens(f"{path}/log?before={earlier[1]}")
    assert "voor 2 mensen" in text and "voor 3 mensen" not in text and "Eerder" not in text
    await browser.opens(f"{path}/log?before=x")
    await browser.opens(f"{path}/log?before={'9' * 50}")

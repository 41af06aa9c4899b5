"""What a lead does in a browser: what the chat does, and nothing for anybody else."""

import re

import pytest

from bot.store.admin import audit
from bot.store.members import roles
from bot.store.schema.teams import InvitationKind
from tests.conversation.teams import Team, number_of
from tests.support.fakes import FakeMember
from tests.web.conftest import Browser

PAGES = ["invitations", "members", "settings", "hand-over", "remove", "log", "poster"]


@pytest.fixture
async def lead(team: Team) -> FakeMember:
    """Its lead, who takes part as well."""
    someone = await team.member("lead")
    await team.led_by(someone)
    return someone


@pytest.fixture
async def path(team: Team, lead: FakeMember, browser: Browser) -> str:
    """The path of the team's board; its lead is signed in."""
    found = f"team/{(await team.row()).id}"
    await browser.signs_in(lead, found)
    return found


async def trail(team: Team) -> list[tuple[str, str, str]]:
    """Returns the action, subject and detail of all entries of the audit trail."""
    async with team.application.database.reading() as session:
        return [(row.action, row.subject, row.detail) async for row in audit.entries(session)]


# -- who may


@pytest.mark.parametrize("page", PAGES)
async def test_the_pages_of_a_lead_are_for_no_one_else(
    team: Team, lead: FakeMember, browser: Browser, page: str
) -> None:
    other = Team(team.application, team.fake_channel, team.clock, "Wijkteam")
    await other.begins()
    sanne = await team.member("sanne")
    await other.led_by(sanne)  # a member of the one, and lead of the other
    here = f"team/{(await team.row()).id}"
    await browser.signs_in(sanne)
    await browser.opens(f"{here}/{page}", 404)
    await browser.opens("sessions")
    await browser.posts(f"{here}/{page}", 404 if page not in ("members", "log") else 405)
    assert "Instellingen" not in await browser.opens(here)


@pytest.mark.parametrize("page", PAGES)
async def test_the_pages_are_in_english_too(team: Team, browser: Browser, page: str) -> None:
    someone = await team.member("joost", "English")
    await team.led_by(someone)
    await browser.signs_in(someone)
    await browser.opens(f"team/{(await team.row()).id}/{page}")
    assert 'lang="en"' in browser.html and "Settings" in browser.text


# -- invitations


async def test_an_invitation_is_made_and_shown_once(
    team: Team, path: str, browser: Browser
) -> None:
    await browser.opens(f"{path}/invitations")
    text = await browser.posts(f"{path}/invitations", days="3", people="10")
    code = re.search(r"/start (\w{10})", text)
    assert code is not None and "hoogstens 10 mensen" in text and "26 november" in text
    number = (await team.row()).id
    assert (await trail(team))[-1] == ("invited", f"team:{number}", "uses:10,until:2026-11-26")
    listed = await browser.opens(f"{path}/invitations")
    assert code[1] not in listed and "26 nov 2026, 10:00" in listed and "10 mensen" in listed
    joost = FakeMember(team.application, team.fake_channel, team.clock, "joost")
    await joost.says(f"/start {code[1]}")
    assert "Je hoort nu bij Griffie" in joost.messages[0].text
    assert "9 mensen" in await browser.opens(f"{path}/invitations")


@pytest.mark.parametrize(
    ("days", "people"),
    [
        ("0", "10"),
        ("366", "10"),
        ("3", "0"),
        ("3", "10001"),
        ("", "10"),
        ("drie", "10"),
        ("3", "-1"),
        ("9" * 30, "10"),
        ("999999999", "10"),
        ("³", "10"),
    ],
)
async def test_limits_that_no_invitation_has(
    team: Team, path: str, browser: Browser, days: str, people: str
) -> None:
    before = await trail(team)
    await browser.opens(f"{path}/invitations")
    text = await browser.posts(f"{path}/invitations", 422, days=days, people=people)
    assert "hoogstens 365 dagen en hoogstens 10000 mensen." in text
    assert f'value="{people}"' in browser.html
    assert await trail(team) == before


async def test_one_invitation_is_revoked_and_then_all(
    team: Team, path: str, browser: Browser
) -> None:
    first, group = await team.code(), await team.code(InvitationKind.GROUP)
    await browser.opens(f"{path}/invitations")
    assert "één keer, voor een groep" in browser.text
    numbers = re.findall(r'name="revoke" value="(\d+)"', browser.html)
    text = await browser.posts(f"{path}/invitations", revoke=numbers[0])  # the group's ends first
    assert "Die uitnodiging werkt niet meer." in text and "voor een groep" not in text
    assert (await trail(team))[-1][2] == f"invitation:{numbers[0]}"
    text = await browser.posts(f"{path}/invitations", 422, revoke=numbers[0])
    assert "werkte al niet meer" in text
    text = await browser.posts(f"{path}/invitations", revoke="all")
    assert "geen enkele uitnodiging van Griffie werkt nog" in text
    assert "Er is nu geen uitnodiging die werkt." in text
    ali = FakeMember(team.application, team.fake_channel, team.clock, "ali")
    await ali.says(f"/start {first}")
    assert "is ingetrokken" in ali.messages[0].text
    assert group != first


@pytest.mark.parametrize("number", ["x", "9" * 40, "-1", "0x1"])
async def test_no_invitation_has_such_a_number(path: str, browser: Browser, number: str) -> None:
    await browser.opens(f"{path}/invitations")
    await browser.posts(f"{path}/invitations", 404, revoke=number)


async def test_an_invitation_of_another_team_stays(team: Team, path: str, browser: Browser) -> None:
    other = Team(team.application, team.fake_channel, team.clock, "Wijkteam")
    await other.begins()
    code = await other.code()
    await browser.opens(f"{path}/invitations")
    for number in range(1, 9):
        own = f'value="{number}"' in browser.html
        if not own:
            await browser.posts(f"{path}/invitations", 422, revoke=str(number))
    assert "werkte al niet meer" in await browser.posts(f"{path}/poster", 422, code=code)
    ali = FakeMember(team.application, team.fake_channel, team.clock, "ali")
    await ali.says(f"/start {code}")
    assert "Je hoort nu bij Wijkteam" in ali.messages[0].text


async def test_a_poster_to_print(team: Team, path: str, browser: Browser) -> None:
    await browser.opens(f"{path}/invitations")
    await browser.posts(f"{path}/invitations", days="14", people="50")
    code = re.search(r'name="code" value="(\w+)"', browser.html)
    assert code is not None
    text = await browser.posts(f"{path}/poster", code=code[1])
    assert "Doe mee met Griffie" in text and f"/start {code[1]}" in text
    assert "maandag 7 december" in text
    assert "Griffie" not in browser.html.split("</title>")[0]
    assert 'style="' not in browser.html and "<script" not in browser.html


@pytest.mark.parametrize("code", ["", "ABCDEFGHJK", "x" * 5000, "\N{SNOWMAN}"])
async def test_no_poster_for_a_code_that_does_not_work(
    path: str, browser: Browser, code: str
) -> None:
    await browser.opens(f"{path}/invitations")
    text = await browser.posts(f"{path}/poster", 422, code=code)
    assert "werkte al niet meer" in text and "Nieuwe uitnodiging maken" in text


# -- members


async def test_members_with_their_role_and_no_figures(
    team: Team, path: str, browser: Browser
) -> None:
    await team.member("joost")
    hidden = await team.member("ali")
    await hidden.says("/team verberg")
    text = await browser.opens(f"{path}/members")
    assert "2 zichtbare leden" in text and "Lead leider" in text and "Joost lid" in text
    assert "Ali" not in text
    text = await browser.opens(f"{path}/remove?member={await number_of(hidden)}")
    assert "Wie haal je uit het team?" in text and "Ali" not in text


async def test_somebody_is_removed_and_told(team: Team, path: str, browser: Browser) -> None:
    assert "nog niemand anders zichtbaar" in await browser.opens(f"{path}/remove")
    joost = await team.member("joost")
    who = await number_of(joost)
    text = await browser.opens(f"{path}/remove?member={who}")
    assert "Joost uit Griffie halen?" in text and who in await team.everyone()
    text = await browser.posts(f"{path}/remove", member=str(who))
    assert "Joost zit niet meer in Griffie." in text
    assert who not in await team.everyone()
    assert "Je zit niet meer in Griffie." in joost.last.text


async def test_nobody_of_another_team_nor_oneself_is_removed(
    team: Team, lead: FakeMember, path: str, browser: Browser
) -> None:
    other = Team(team.application, team.fake_channel, team.clock, "Wijkteam")
    await other.begins()
    stranger = await other.member("ali")
    await team.member("joost")
    for number in (await number_of(stranger), await number_of(lead), 10**30, 0, "x", ""):
        text = await browser.opens(f"{path}/remove?member={number}")
        assert "Wie haal je uit het team?" in text
        await browser.opens(f"{path}/settings")
        await browser.posts(f"{path}/remove", 404, member=str(number))
    assert await number_of(stranger) in await other.everyone()
    assert len(await team.everyone()) == 2


async def test_hand_over_to_lead_together(
    team: Team, lead: FakeMember, path: str, browser: Browser
) -> None:
    joost = await team.member("joost")
    who = await number_of(joost)
    await browser.opens(f"{path}/hand-over?member={who}")
    assert f'<option value="{who}" selected>Joost' in browser.html
    text = await browser.posts(f"{path}/hand-over", member=str(who), how="too")
    assert "Joost leidt nu Griffie." in text and "Joost leider" in text and "Lead leider" in text
    assert "Je leidt nu Griffie." in joost.last.text
    number = (await team.row()).id
    assert (await trail(team))[-1] == ("granted", f"member:{who}", f"lead,team:{number}")


async def test_hand_over_and_stop(
    team: Team, lead: FakeMember, path: str, browser: Browser
) -> None:
    who = await number_of(await team.member("joost"))
    await browser.opens(f"{path}/hand-over")
    text = await browser.posts(f"{path}/hand-over", member=str(who), how="alone")
    assert "Joost leidt nu Griffie." in text and "beheren" not in text
    await browser.opens(f"{path}/members", 404)
    async with team.application.database.reading() as session:
        assert not (await roles.of_member(session, await number_of(lead))).leads
    assert [action for action, *_ in await trail(team)][-2:] == ["granted", "revoked"]


async def test_hand_over_to_nobody(
    team: Team, lead: FakeMember, path: str, browser: Browser
) -> None:
    assert "nog niemand anders zichtbaar" in await browser.opens(f"{path}/hand-over")
    who = await number_of(await team.member("joost"))
    await browser.opens(f"{path}/hand-over")
    before = await trail(team)
    own = await number_of(lead)
    for fields in (
        {"member": str(who)},
        {"member": str(who), "how": "x"},
        {"how": "too"},
        {"member": "9" * 50, "how": "too"},
        {"member": str(own), "how": "too"},
    ):
        text = await browser.posts(f"{path}/hand-over", 422, **fields)
        assert "Kies wie het team gaat leiden" in text
    assert await trail(team) == before


# -- settings


async def test_another_name(team: Team, path: str, browser: Browser) -> None:
    await browser.opens(f"{path}/settings")
    text = await browser.posts(f"{path}/settings", what="name", name="  De   Griffie ")
    assert "Het team heet nu De Griffie." in text
    team.name = "de griffie"
    assert (await team.row()).name == "De Griffie"


async def test_a_name_that_cannot_be(team: Team, path: str, browser: Browser) -> None:
    await Team(team.application, team.fake_channel, team.clock, "Wijkteam").begins()
    await browser.opens(f"{path}/settings")
    for name, why in {
        "": "Een naam is 1 tot 60 tekens",
        "x" * 61: "Een naam is 1 tot 60 tekens",
        "\u202eomgekeerd": "Een naam is 1 tot 60 tekens",
        "wijkteam": "Er is al een team dat wijkteam heet.",
    }.items():
        text = await browser.posts(f"{path}/settings", 422, what="name", name=name)
        assert why in text and "/team" not in text.partition("Weekbericht")[0]
    assert (await team.row()).name == "Griffie"


async def test_when_the_weekly_message_comes(team: Team, path: str, browser: Browser) -> None:
    assert "elke vrijdag om 15:30" in await browser.opens(f"{path}/settings")
    text = await browser.posts(f"{path}/settings", what="digest", weekday="4", time="09:15")
    assert "elke donderdag om 9:15" in text and 'value="9:15"' in browser.html
    text = await browser.posts(f"{path}/settings", what="digest_off")
    assert "Het weekbericht staat uit." in text and (await team.row()).next_digest_at is None
    await browser.posts(f"{path}/settings", what="digest", weekday="1", time="10:00")
    row = await team.row()
    assert row.next_digest_at is not None and row.digest_weekday == 1


@pytest.mark.parametrize(
    ("weekday", "time"),
    [
        ("5", "06:59"),
        ("5", "20:00"),
        ("5", ""),
        ("5", "25:00"),
        ("5", "10:00 vrijdag"),
        ("0", "10:00"),
        ("8", "10:00"),
        ("", "10:00"),
        ("9" * 40, "10:00"),
    ],
)
async def test_a_moment_at_which_no_weekly_message_comes(
    team: Team, path: str, browser: Browser, weekday: str, time: str
) -> None:
    await browser.opens(f"{path}/settings")
    before = (await team.row()).next_digest_at
    text = await browser.posts(f"{path}/settings", 422, what="digest", weekday=weekday, time=time)
    assert "Kies één dag en een tijd tussen 7:00 en 20:00." in text
    assert (await team.row()).next_digest_at == before


async def test_a_group_is_disconnected_and_told(team: Team, path: str, browser: Browser) -> None:
    assert "Dit team heeft nog geen groep." in await browser.opens(f"{path}/settings")
    await team.has_group()
    await browser.opens(f"{path}/settings")
    channel = re.search(r'name="disconnect" value="([^"]+)"', browser.html)
    assert channel is not None
    text = await browser.posts(f"{path}/settings", disconnect=channel[1])
    assert "is losgemaakt van de groep" in text and "nog geen groep" in text
    assert "Deze groep hoort niet meer bij Griffie." in team.group[-1].text
    assert (await trail(team))[-1][0] == "group_disconnected"
    text = await browser.posts(f"{path}/settings", 422, disconnect=channel[1])
    assert "Die groep was al losgemaakt." in text
    await browser.opens(f"{path}/settings")
    await browser.posts(f"{path}/settings", 404, what="iets")

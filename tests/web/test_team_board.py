"""The teams of a member in a browser, and their board: what the chat says, drawn and in a table."""

import re
from datetime import date, timedelta

import pytest

from bot.app import Application
from bot.core.streaks.team_board import WEEK, WeekMark
from bot.messages import Pressed
from bot.store.schema.teams import TeamWeekRow
from tests.conversation.teams import Team
from tests.delivery.team_chat import TeamChat
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.web.conftest import Browser, link_in


async def with_weeks(team: Team, marks: list[WeekMark], themes: tuple[str, ...] = ()) -> str:
    """Gives the team weeks with these marks, the last of them last week; returns its path."""
    row = await team.row()
    this_monday = date(2026, 11, 23)
    async with team.application.database.transaction() as session:
        for n, mark in enumerate(marks):
            monday = this_monday - (len(marks) - n) * WEEK
            session.add(TeamWeekRow(team_id=row.id, monday=monday, mark=mark, themes=list(themes)))
    return f"team/{row.id}"


async def test_who_has_no_team_is_told_how_to_join(signed_in: Browser) -> None:
    assert "Vraag wie je team leidt" in await signed_in.opens("teams")
    assert "Teams" in await signed_in.opens("")


async def test_the_teams_of_a_member(browser: Browser, team: Team) -> None:
    someone = await team.member("joost")
    await Team(team.application, team.fake_channel, team.clock, "Wijkteam").begins()
    await browser.signs_in(someone, "teams")
    text = await browser.opens("teams")
    assert "Griffie" in text and "Wijkteam" not in text and "beheren" not in text
    assert f'href="/web/team/{(await team.row()).id}"' in browser.html


async def test_the_board_says_what_the_chat_says(browser: Browser, team: Team) -> None:
    someone = await team.member("joost")
    path = await with_weeks(team, [WeekMark.MOST, WeekMark.BELOW, WeekMark.HALF])
    await browser.signs_in(someone, path)
    await browser.opens(path)
    await someone.says("/team bord")
    description = re.search(r'<desc id="drop-text">(.*?)</desc>', browser.html, re.DOTALL)
    assert description is not None and description[1].strip() == someone.last.text.strip()
    rows = re.findall(
        r'<th scope="row">(.*?)</th><td>(.*?)</td><td class="olievlek-number">(.*?)</td>',
        browser.html,
    )
    assert rows == [
        ("23 nov 2026", "loopt nog", "1,5"),
        ("16 nov 2026", "de helft", "1,5"),
        ("9 nov 2026", "minder", "1,0"),
        ("2 nov 2026", "de meesten", "1,0"),
    ]
    assert browser.html.count('class="olievlek-board__most"') == 2  # the week, and the key
    assert 'style="' not in browser.html


async def test_the_board_in_english(browser: Browser, team: Team) -> None:
    someone = await team.member("joost", "English")
    path = await with_weeks(team, [WeekMark.MOST] * 2)
    await browser.signs_in(someone, path)
    text = await browser.opens(path)
    assert "2 weeks in a row." in text and "The same weeks in a table" in text


async def test_two_years_are_shown_and_no_more(browser: Browser, team: Team) -> None:
    someone = await team.member("joost")
    path = await with_weeks(team, [WeekMark.MOST] * 110)
    await browser.signs_in(someone, path)
    await browser.opens(path)
    assert browser.html.count('<th scope="row">') == 105
    assert "<td>de meesten</td>" in browser.html and "110,0" in browser.html
    oldest = browser.html.rpartition('<th scope="row">')[2]
    assert oldest.startswith("25 nov 2024") and "7,0" in oldest[:150]


@pytest.mark.parametrize(
    ("marks", "sentence"),
    [([], "Hier groeit straks"), ([WeekMark.QUIET], "Cijfers komen er na een week")],
)
async def test_without_figures_there_is_a_sentence_alone(
    browser: Browser, team: Team, marks: list[WeekMark], sentence: str
) -> None:
    someone = await team.member("joost")
    path = await with_weeks(team, marks)
    await browser.signs_in(someone, path)
    assert sentence in await browser.opens(path)
    assert "<table" not in browser.html


async def test_a_week_that_is_not_closed_yet_still_runs(
    browser: Browser, team: Team, clock: FixedClock
) -> None:
    someone = await team.member("joost")
    path = await with_weeks(team, [WeekMark.MOST])
    clock.moment += timedelta(weeks=1)
    await browser.signs_in(someone, path)
    text = await browser.opens(path)
    assert "Vorige week deden de meesten mee." in text and "geen cijfers" not in text
    assert (await team.row()).open_week == date(2026, 11, 23)  # a page that is read closes nothing


async def test_themes_have_their_titles(browser: Browser, team: Team) -> None:
    someone = await team.member("joost")
    path = await with_weeks(team, [WeekMark.MOST], ("lef",))
    await browser.signs_in(someone, path)
    text = await browser.opens(path)
    assert "Thema’s van de laatste twaalf weken Heb lef en leer van fouten" in text


async def test_only_who_belongs_to_a_team_sees_its_board(browser: Browser, team: Team) -> None:
    someone = await team.member("joost")
    other = Team(team.application, team.fake_channel, team.clock, "Wijkteam")
    await other.begins()
    await other.led_by(someone)
    stranger = (await team.row()).id + 100
    await browser.signs_in(someone)
    await browser.opens(f"team/{(await other.row()).id}")  # they lead it
    await browser.opens(f"team/{stranger}", 404)
    await browser.opens("team/99999999999999999999999", 404)
    outsider = await other.member("ali")
    await browser.signs_in(outsider)
    await browser.opens(f"team/{(await team.row()).id}", 404)


async def test_stories_of_digests_as_the_group_reads_them(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, browser: Browser
) -> None:
    group = TeamChat(Team(application, fake_channel, clock))
    await group.begins()
    await group.week()
    await group.shares(0, "Ik vroeg <door>.")
    await group.shares(1, "Van de tweede.", "Deel zonder naam")
    await group.shares(2, "Van de derde.", "Deel zonder naam")
    path = f"team/{(await group.team.row()).id}"
    await browser.signs_in(group.people[3], path)
    assert "vroeg" not in await browser.opens(path)  # no digest was sent yet
    await group.friday()
    await browser.signs_in(group.people[3], path)
    text = await browser.opens(path)
    assert "Week van 23 nov 2026 Ik vroeg <door>. – Lid1" in text
    assert "tweede" not in text and "derde" not in text  # those never stay
    lead = group.people[3]
    await group.team.led_by(lead)
    await browser.signs_in(lead, path)
    text = await browser.opens(f"{path}/settings")
    assert "Het laatste weekbericht Griffie" in text
    assert "“Ik vroeg <door>.” – Lid1" in text and "Voor bij de koffie op maandag" in text
    assert "tweede" not in text and "derde" not in text
    await group.people[0].presses("Terugnemen")
    assert "vroeg" not in await browser.opens(path)
    assert "vroeg" not in await browser.opens(f"{path}/settings")


async def test_the_chat_has_a_button_to_the_board(browser: Browser, team: Team) -> None:
    someone = await team.member("joost")
    path = f"team/{(await team.row()).id}"
    await someone.says("/team")
    assert someone.last.labels[-1] == "Meer over dit team"
    await someone.presses("Meer over dit team")
    link = link_in(someone.last.text)
    assert link.endswith(f"?to={path}")
    await browser.http.get(link)
    answer = await browser.http.post(link)
    assert answer.headers["location"] == f"/web/{path}"


async def test_a_button_of_a_page_that_is_none_opens_the_first(
    browser: Browser, member: FakeMember
) -> None:
    await member.does(Pressed("web:open:../x", member.last.id))
    answer = await browser.http.post(link_in(member.last.text))
    assert answer.headers["location"] == "/web/"

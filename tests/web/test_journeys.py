"""Whole stories: from a page to a chat and back."""

import re

import pytest
from sqlalchemy import insert, select
from starlette.types import ASGIApp

from bot.app import Application
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm
from bot.core.streaks.rounds import Answer
from bot.store.members import roles
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import Role
from bot.web.pages.registry import PAGES
from tests.conversation.teams import Team
from tests.support.fakes import AMSTERDAM, FakeMember, FixedClock
from tests.support.population import enrol
from tests.web.conftest import Browser, new_browser
from tests.web.sets import becomes_trainer, hidden
from tests.web.walk import path_of

CHALLENGE: dict[str, object] = {
    "minutes": "10",
    "daring": "1",
    "span": "today",
    "at": "",
    "why_nl": "",
    "reflect_nl": "Wat hoorde je bij de koffie?",
    "reflect_tried_nl": "",
    "why_en": "",
    "reflect_en": "What did you hear over coffee?",
    "reflect_tried_en": "",
}


async def test_a_lead_prints_a_poster_and_somebody_joins_by_it(
    team: Team, browser: Browser
) -> None:
    sanne = await team.member("sanne")
    await team.led_by(sanne)
    await browser.signs_in(sanne)
    page = f"team/{(await team.row()).id}"
    await browser.opens(f"{page}/invitations")
    await browser.posts(f"{page}/invitations", days="14", people="30")
    code = hidden(browser, "code")
    poster = await browser.posts(f"{page}/poster", code=code)
    assert "Griffie" in poster and code in poster
    joost = FakeMember(team.application, team.fake_channel, team.clock, "joost", called="Joost")
    await joost.says(f"/start {code}")
    await joost.presses("Nederlands")
    await joost.says("ma-vr 9:30")
    assert "Joost" in await browser.opens(f"{page}/members")


async def test_a_trainer_writes_ten_challenges_and_a_member_gets_one(
    team: Team, browser: Browser, application: Application, clock: FixedClock
) -> None:
    joost, number = await team.member("joost"), (await team.row()).id
    maker = await team.member("maker")
    trainer = await becomes_trainer(browser, maker)
    await trainer.opens("sets")
    await trainer.posts("sets", do="new", name="koffie")
    for each in range(1, 11):
        await trainer.opens(f"sets/koffie/edit/{each}")
        seen = await trainer.posts(
            f"sets/koffie/edit/{each}",
            200,
            **CHALLENGE,
            do="save",
            id=f"kop-{each}",
            revision=hidden(trainer, "revision"),
            task_nl=f"Drink kop {each} met iemand die je niet kent.",
            task_en=f"Drink cup {each} with somebody you do not know.",
        )
        assert "Bewaard in het concept" in seen
        assert f"Drink kop {each} met iemand" in trainer.html.split('id="preview"')[1]
    await trainer.opens("sets/koffie/edit")
    revision = hidden(trainer, "revision")
    titles = {"title_nl": "Bij de koffie", "title_en": "Over coffee", "source": ""}
    await trainer.posts("sets/koffie/edit", 200, do="save", revision=revision, **titles)
    await trainer.opens(f"sets/koffie/publish?team={number}")
    shown = {name: hidden(trainer, name) for name in ("revision", "act", "day")}
    assert "koffie staat klaar voor Griffie" in await trainer.posts(
        "sets/koffie/publish", 200, **shown, team=number
    )
    got = ""
    for _ in range(60):
        nudge = await joost.waits_for_nudge()
        if got := "".join(re.findall(r"Drink kop \d+", nudge.text)):
            await joost.presses("Gedaan", nudge)
            break
    assert got
    await twenty_others_do(application, "kop-1")
    clock.passes(days=15)  # a week after the week in which they did
    await trainer.signs_in(maker)
    assert "Er zijn nog geen cijfers" in await trainer.opens("sets/koffie/figures")
    counted = await trainer.posts("sets/koffie/figures", other="")
    assert "kop-1" in counted and "%" in counted and "kop-2" not in counted
    assert "De hele set weghalen" in await trainer.opens("sets/koffie/back")
    await trainer.posts("sets/koffie/back", 422, do="withdraw", act="0")
    taken = await trainer.posts("sets/koffie/back", do="withdraw", act=hidden(trainer, "act"))
    assert "koffie is weggehaald." in taken
    assert "weghalen" not in await trainer.opens("sets/koffie/back")
    for _ in range(3):
        await joost.says("/nu")
        assert "Lef:" in joost.last.text and "Drink kop" not in joost.last.text
        await joost.presses("Gedaan")


async def twenty_others_do(application: Application, slug: str) -> None:
    """So many colleagues do a challenge today."""
    at, people = application.clock(), range(2_000, 2_020)
    rhythm = Rhythm(WORKWEEK, at.time(), AMSTERDAM)
    await enrol(application.database, dict.fromkeys(people, rhythm), at, channel="paper")
    async with application.database.transaction() as session:
        challenge = await session.scalar(select(ChallengeRow.id).where(ChallengeRow.slug == slug))
        await session.execute(
            insert(NudgeRow),
            [
                {
                    "member_id": person,
                    "challenge_id": challenge,
                    "round_at": at,
                    "day": at.date(),
                    "per_week": 5,
                    "sent_at": at,
                    "answer": Answer.DONE,
                    "answered_at": at,
                }
                for person in people
            ],
        )


async def test_a_member_finds_what_they_wrote_last_spring_and_shares_it(
    team: Team, browser: Browser, clock: FixedClock
) -> None:
    sanne = await team.member("sanne")
    await sanne.round("Gedaan", "De kapper op de Brink weet alles.")
    for _ in range(3):
        await sanne.round("Gedaan", "Iets anders.")
    clock.passes(days=150)
    await browser.signs_in(sanne)
    await browser.opens("diary")
    found = await browser.posts("diary", words="KAPPER")
    assert "De kapper op de Brink weet alles." in found and "Iets anders." not in found
    [entry] = re.findall(r'href="/web/(diary/\d+)', browser.html)
    await browser.opens(entry)
    number = (await team.row()).id
    form: dict[str, object] = {"what": "share", "with": "team", "team": number}
    seen = await browser.posts(entry, 200, **form)
    assert "Griffie mag dit lezen, met je naam erbij." in seen


async def test_two_trainers_at_once_lose_nothing(
    browser: Browser, site: ASGIApp, team: Team
) -> None:
    cup: dict[str, object] = {
        **CHALLENGE,
        "do": "save",
        "id": "kop",
        "task_en": "Drink a cup together.",
    }
    page = "sets/koffie/edit/1"
    first = await becomes_trainer(browser, await team.member("een"))
    await first.opens("sets")
    await first.posts("sets", do="new", name="koffie")
    await first.opens(page)
    await first.posts(
        page, 200, **cup, revision=hidden(first, "revision"), task_nl="Drink samen een kop melk."
    )
    async with new_browser(site) as http:
        second = await becomes_trainer(Browser(http), await team.member("twee"))
        read: dict[str, object] = {}
        for trainer in (first, second):
            await trainer.opens(page)
            read = {name: hidden(trainer, name) for name in ("revision", "was")}
        await first.posts(page, 200, **cup, **read, task_nl="Drink samen een kop thee.")
        told = await second.posts(page, 422, **cup, **read, task_nl="Drink samen een kop koffie.")
        assert "Iemand anders bewaarde intussen een ander concept" in told
        mine, stored = second.html.split('id="stored"')
    assert "Drink samen een kop koffie." in mine and "Drink samen een kop thee." in stored


@pytest.mark.parametrize("role", [Role.TRAINER, Role.ADMIN, Role.LEAD])
async def test_what_one_person_wrote_is_on_no_page_of_another(
    team: Team, browser: Browser, role: Role
) -> None:
    """Whoever leads the team, makes challenges or runs the bot opens every page that there is."""
    joost, sanne = await team.member("joost"), await team.member("sanne")
    await team.of(4)
    await joost.round("Gedaan", "KANARIE in de vensterbank")
    await joost.says("/team verberg")
    await sanne.round("Geprobeerd")
    team_id = (await team.row()).id
    async with team.application.database.transaction() as session:
        about = team_id if role is Role.LEAD else None
        await roles.grant(session, sanne.address.pair, role, about, team.clock())
    await browser.signs_in(sanne)
    for page in PAGES:
        path = path_of(page, team_id)
        answer = await browser.http.get(f"/web/{path}")
        assert b"KANARIE" not in answer.content, path
        assert joost.address.id.encode() not in answer.content, path
        for number in range(1, 8):
            if "{entry:int}" in page.path:
                other = await browser.http.get(f"/web/{path_of(page, team_id, entry=number)}")
                assert b"KANARIE" not in other.content

"""What the attacker of the figures gets on pages, in CSV and in a calendar is what the chat shows.

In the drawn worlds of `tools/docs/figures.py`, where the chat says the same, all of these are the
same too. So who has them knows no more, and the bounds of the attack hold for them as well.
"""

import csv
import re
from collections import defaultdict
from datetime import datetime, timedelta
from io import StringIO
from random import Random

import pytest
from sqlalchemy import delete, insert, select

from bot.app import Application
from bot.core.privacy.noise import noise
from bot.core.streaks.rounds import Answer
from bot.core.streaks.team_board import MIN_GROUP_SIZE, mark_of
from bot.store.members import roles
from bot.store.schema.challenges import ChallengeFiguresRow, ChallengeRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import Role, TeamRow, TeamWeekRow
from tests.conversation.teams import Team, number_of
from tests.support.fakes import FakeMember, FixedClock
from tests.web.conftest import Browser
from tools.docs import figures

pytestmark = pytest.mark.slow  # in many worlds

SIZE, WORLDS, BATCHES = 5, 16, 10
ROW = re.compile(r'<th scope="row">(.*?)</th><td>(.*?)</td><td class="olievlek-number">(.*?)</td>')
DRAWN = re.compile(r'<use href="#olievlek-drop" class="olievlek-board__(most|half|below)"')
IN_WORDS = {"most": "de meesten", "half": "de helft", "below": "minder"}
BAR = re.compile(
    r'olievlek-interval__share" x="0" y="3" width="(\d+)" height="10"/>\s*'
    r'<path class="olievlek-interval__bounds" d="M(\d+) 1v14M\2 8H(\d+)M\3 1v14"/>\s*</svg>\s*'
    r'(\d+) %<br>\s*<span class="olievlek-muted">(\d+)–(\d+)</span>'
)
RATES = ("did", "reflected", "swapped")  # in the order of the page


async def lives(
    application: Application, people: list[int], took_part: list[bool], key: str
) -> None:
    """Of the team's first week it is so that these took part, and nothing was closed yet."""
    moment = datetime.combine(figures.FIRST_MONDAY, datetime.min.time(), application.clock().tzinfo)
    moment += timedelta(days=1, hours=9)
    async with application.database.transaction() as session:
        await session.execute(delete(NudgeRow))
        await session.execute(delete(TeamWeekRow))
        team = (await session.scalars(select(TeamRow))).one()
        team.noise_key, team.open_week = key, figures.FIRST_MONDAY
        challenge = await session.scalar(select(ChallengeRow.id).limit(1))
        rows = [
            {
                "member_id": person,
                "challenge_id": challenge,
                "round_at": moment,
                "day": moment.date(),
                "per_week": 5,
                "sent_at": moment,
                "answer": Answer.DONE if took else None,
                "answered_at": moment if took else None,
            }
            for person, took in zip(people, took_part, strict=True)
        ]
        await session.execute(insert(NudgeRow), rows)


async def test_where_the_chat_says_the_same_of_a_team_the_pages_do(
    team: Team, browser: Browser, application: Application, clock: FixedClock
) -> None:
    everybody = await team.of(SIZE)
    lead = everybody[0]
    await team.led_by(lead)
    people = [await number_of(person) for person in everybody]
    clock.goes_to(30, 11, 10)
    path = f"team/{(await team.row()).id}"
    await browser.signs_in(lead, path)
    shown: dict[str, set[tuple[str, str]]] = defaultdict(set)
    worlds: dict[str, set[tuple[bool, ...]]] = defaultdict(set)
    for took_part, key in figures.drawn_worlds(WORLDS, SIZE, 0.5):
        await lives(application, people, took_part, key)
        clock.passes(seconds=5)  # so that nothing comes too fast
        await lead.says("/team bord")
        said = lead.last.text
        async with application.database.reading() as session:
            mark = await session.scalar(select(TeamWeekRow.mark))
        added = noise(key, f"week {figures.FIRST_MONDAY}")
        assert mark is mark_of(SIZE, sum(took_part), added, MIN_GROUP_SIZE)  # as in the attack
        await browser.opens(path)
        table = ROW.findall(browser.html)
        assert table
        for _, week, size in table:
            assert week in said and (size in said or size == "0,0")
        drawn = [IN_WORDS[name] for name in DRAWN.findall(browser.html)]
        assert sorted([*set(drawn)] * 2) == sorted(drawn)  # the week, and the key to it
        assert set(drawn) == {week for _, week, _ in table} - {"loopt nog"}
        board = re.sub(r'name="form_key" value="\w+"', "", browser.html)
        await browser.opens("rhythm/olievlek.ics")
        calendar = re.sub(r"DTSTAMP:\w+", "", browser.html)
        shown[said].add((board, calendar))
        worlds[said].add(tuple(took_part))
    assert len(shown) == len(IN_WORDS)
    assert min(map(len, worlds.values())) > 1  # so that there is something to learn
    assert {said: len(outputs) for said, outputs in shown.items()} == dict.fromkeys(shown, 1)
    assert len({calendar for outputs in shown.values() for _, calendar in outputs}) == 1


async def test_the_figures_of_a_set_on_the_page_and_in_csv_are_those_of_the_chat(
    browser: Browser, member: FakeMember, application: Application, clock: FixedClock
) -> None:
    async with application.database.transaction() as session:
        await roles.grant(session, member.address.pair, Role.TRAINER, None, clock())
        slug = await session.scalar(select(ChallengeRow.slug).where(ChallengeRow.set_name == "lef"))
        until = clock().date()
        session.add(ChallengeFiguresRow(set_name="lef", slug=slug, batches=1, counted_until=until))
    await browser.signs_in(member)
    random, [people] = Random(figures.SEED), figures.BATCH_SIZES
    for world in range(BATCHES):
        async with application.database.transaction() as session:
            row = (await session.scalars(select(ChallengeFiguresRow))).one()
            row.sent = people
            for name in RATES:
                drawn = sum(random.random() < 0.5 for _ in range(people))
                setattr(row, name, drawn + noise(f"key {world}", name))
        clock.passes(seconds=5)
        before = len(member.messages)
        await member.says("/sets cijfers lef")
        [said] = member.messages[before:]
        assert said.message.file is not None
        await browser.opens("sets/lef/figures/csv")
        assert browser.page is not None and browser.page.content == said.message.file.content
        [counted] = csv.DictReader(StringIO(said.message.file.content.decode("utf-8-sig")))
        percents = [
            tuple(
                round(float(counted[f"{rate}_{part}"]) * 100) for part in ("share", "low", "high")
            )
            for rate in RATES
        ]
        text = await browser.opens("sets/lef/figures")
        bars = [tuple(map(int, found)) for found in BAR.findall(browser.html)]
        assert bars == [each * 2 for each in percents] * 2  # drawn and written; at the end all
        share, low, high = percents[0]
        assert f"{share} % gedaan of geprobeerd ({low}–{high})" in said.text
        assert all(f"{each[0]} %" in said.text for each in percents)
        assert text.count(f" {counted['sent_at_least']} ") >= 2

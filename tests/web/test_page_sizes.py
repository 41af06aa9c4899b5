"""Every page with as much to show as there can be: it stays small, and comes at once."""

import time
from datetime import timedelta

from sqlalchemy import insert, select

from bot.app import Application
from bot.core.challenges.challenge import MAX_CHALLENGES
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm
from bot.core.streaks.rounds import Answer
from bot.core.streaks.team_board import WEEK, WeekMark, monday_of
from bot.store.members import roles
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, Role, TeamWeekRow
from bot.store.teams import teams
from bot.web.pages.registry import PAGES
from bot.web.pages.render.rendering import STATIC
from tests.conversation.teams import Team
from tests.support.fakes import AMSTERDAM, FakeMember, FixedClock
from tests.support.population import enrol
from tests.unit.set_files.examples import made
from tests.web.conftest import Browser
from tests.web.sets import publishes
from tests.web.walk import is_download, path_of

MOST_BYTES, MOST_STYLES = 100_000, 80_000
STYLES = ("components.css", "theme.css")
PEOPLE, WEEKS, TEAMS, REFLECTIONS = 300, 104, 100, 60
WORDS = "Ik vroeg bij de snackbar wat er speelt, en hoorde van een plan dat niemand kende. " * 8


async def grows(team: Team, sanne: FakeMember, vault: Vault, clock: FixedClock) -> None:
    """A team of 300 with two years behind it, a hundred others, and sets of the largest size."""
    application, at, number = team.application, clock(), (await team.row()).id
    people = range(1_000, 1_000 + PEOPLE)
    rhythm = Rhythm(WORKWEEK, at.time(), AMSTERDAM)
    await enrol(application.database, dict.fromkeys(people, rhythm), at, channel="paper")
    ids = [f"een-lange-naam-van-een-uitdaging-{n}" for n in range(MAX_CHALLENGES)]
    await publishes(application, made("groot", *ids), made("groot", *ids, says="Vraag eens iets"))
    monday = monday_of(at.date())
    async with application.database.transaction() as session:
        for row in (await session.scalars(select(MemberRow).where(MemberRow.id >= 1_000))).all():
            row.name = f"Iemand met een lange naam {row.id}"
        member = await session.get_one(MemberRow, (await sanne.member()).id)
        member.joined_at = at - timedelta(days=800)
        joined = {"team_id": number, "joined_at": at, "hidden": False}
        await session.execute(
            insert(MembershipRow), [{**joined, "member_id": person} for person in people]
        )
        await session.execute(
            insert(TeamWeekRow),
            [
                {
                    "team_id": number,
                    "monday": monday - back * WEEK,
                    "mark": list(WeekMark)[back % 3],
                    "themes": ["lef", "nieuwsgierig", "toeval"],
                }
                for back in range(1, WEEKS + 1)
            ],
        )
        for other in range(TEAMS):
            await teams.create(session, f"Team {other}", "nl", "Europe/Amsterdam", at)
            pair = ("paper", str(1_000 + other))
            await roles.grant(session, pair, Role.TRAINER, None, at)
        challenge = await session.scalar(select(ChallengeRow.id).limit(1))
        diary = Diary(session, vault, member.id)
        for back in range(REFLECTIONS):
            moment = at - timedelta(days=back + 1)
            nudge = NudgeRow(
                member_id=member.id,
                challenge_id=challenge,
                round_at=moment,
                day=moment.date(),
                per_week=5,
                extra=False,
                swaps=0,
                attempts=1,
                sent_at=moment,
                answer=Answer.DONE,
                answered_at=moment,
            )
            session.add(nudge)
            await session.flush()
            await diary.write(nudge.id, f"m{back}", WORDS, moment)


async def test_each_page_is_small_and_quick_with_as_much_as_there_can_be(
    team: Team, browser: Browser, application: Application, vault: Vault, clock: FixedClock
) -> None:
    sanne = await team.member("sanne")
    await team.led_by(sanne)
    async with application.database.transaction() as session:
        for role in (Role.TRAINER, Role.ADMIN):
            await roles.grant(session, sanne.address.pair, role, None, clock())
    await grows(team, sanne, vault, clock)
    await browser.signs_in(sanne)
    number = (await team.row()).id
    found = []
    for page in PAGES:
        if is_download(page):
            continue
        path = path_of(page, number, name="groot")
        began = time.process_time()
        await browser.opens(path)
        spent = time.process_time() - began
        clock.passes(seconds=2)  # so that nothing comes too fast
        found.append((len(browser.html.encode()), round(spent * 1000), path))
    for size, milliseconds, path in sorted(found, reverse=True):
        print(f"{size:>8,} bytes {milliseconds:>5} ms  {path}")
    assert [each for each in found if each[0] > MOST_BYTES] == []
    assert max(found, key=lambda each: each[1])[1] < 1_000  # a fifth of that on a quiet machine
    styles = sum((STATIC / name).stat().st_size for name in STYLES)
    assert styles < MOST_STYLES

"""Buttons that nobody made: an app can be changed to send any data, and none of it may do harm."""

import random

from bot.app import House
from bot.store import members, roles, teams
from bot.talk.answer import NUDGE_PRESSES, PRESSES
from bot.talk.messages import Pressed
from bot.talk.team import VERB
from bot.talk.words import Words
from tests.story import Paper, Someone, StillClock
from tests.talk.teams import Team, number_of

PIECES = ["1", "2", "999", "-1", "yes", "no", "alone", "too", "٠", "nl", "a" * 60, "", "::", "é"]


async def test_no_data_that_somebody_makes_up_does_anything(
    house: House, paper: Paper, clock: StillClock, member: Someone
) -> None:
    team = Team(house, paper, clock)
    await team.begins()
    lead = await team.member("lead")
    await team.led_by(lead)
    await member.waits_for_nudge()
    faults = {Words(language)("trouble.unknown") for language in ("nl", "en")}
    dice = random.Random(20261125)
    verbs = [*PRESSES, *NUDGE_PRESSES, *(f"team:{verb}" for verb in VERB), "", "team", "x"]
    for _ in range(1_500):
        data = ":".join([dice.choice(verbs), *dice.choices(PIECES, k=dice.randint(0, 3))])
        await member.does(Pressed(data, member.last.id))
        assert member.notice not in faults and member.last.text not in faults, data
    async with house.database.reading() as session:
        assert await members.find(session, *member.address.pair) is not None
        assert [one.address for one in await roles.granted(session)] == ["lead"]
        [counted] = await teams.all_of_them(session)
    assert (counted.team.name, counted.members) == ("Griffie", 1)
    assert await team.everyone() == {await number_of(lead)}

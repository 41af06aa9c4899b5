"""A team and its lead, for every conversation that needs them."""

import pytest

from bot.app import Application
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


@pytest.fixture
async def team(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> Team:
    """A team called Griffie, on Monday 23 November."""
    created = Team(application, fake_channel, clock)
    await created.begins()
    return created


@pytest.fixture
async def lead(team: Team) -> FakeMember:
    """Its lead, who takes part as well."""
    someone = await team.member("lead")
    await team.led_by(someone)
    return someone

"""Fixtures: a team chat that began before the test: five people joining takes longer than most do.

A module that imports `group` imports `prepared_copy` as well, the database in which it began.
"""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.store.db.engine import Database
from tests.conversation.teams import Team
from tests.delivery.team_chat import TeamChat
from tests.support.beginnings import Beginning, Begun, Stage


async def team_chat_begins(stage: Stage) -> TeamChat:
    """Has a team chat begin; returns it."""
    chat = TeamChat(Team(stage.application, stage.fake_channel, stage.clock))
    await chat.begins()
    return chat


@pytest.fixture
def begun_team(begun: Begun) -> Beginning[TeamChat]:
    """How it began."""
    return begun(team_chat_begins)


@pytest.fixture
def prepared_copy(
    begun_team: Beginning[TeamChat], tmp_path: Path
) -> AbstractAsyncContextManager[Database]:
    """A copy of the database in which the team began, not opened yet."""
    return begun_team.copy(tmp_path / "test.db")


@pytest.fixture
def group(begun_team: Beginning[TeamChat], stage: Stage) -> TeamChat:
    """A team of five with a group chat."""
    return begun_team.on(stage)

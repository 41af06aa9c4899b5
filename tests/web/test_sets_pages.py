"""All sets, one set, its files, and going back: for trainers alone."""

import asyncio
import csv
from datetime import timedelta
from io import StringIO

import httpx
import pytest
from sqlalchemy import select

from bot.app import Application
from bot.core.challenge import ChallengeSet
from bot.set_files import template
from bot.set_files.reader import read_bytes
from bot.store.challenges import publications
from bot.store.members import roles
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.teams import Role
from tests.conversation.teams import Team
from tests.support.fakes import FakeMember
from tests.unit.set_files.examples import made
from tests.web.conftest import ADDRESS, Browser


@pytest.fixture
async def trainer(browser: Browser, member: FakeMember) -> Browser:
    """A browser in which a trainer is signed in."""
    async with member.application.database.transaction() as session:
        await roles.grant(session, member.address.pair, Role.TRAINER, None, member.clock())
    await browser.signs_in(member)
    return browser


async def published(application: Application, *sets: ChallengeSet, team: int | None = None) -> None:
    """These are live, one after the other."""
    at = application.clock()
    for given in sets:
        async with application.database.transaction() as session:
            await publications.publish(session, given, at, {team: at})


PATHS = [
    "sets", "sets/lef", "sets/lef/back", "sets/lef/edit", "sets/lef/edit/1",
    "sets/lef/publish", "sets/lef/compare", "sets/lef/figures", "sets/lef/figures/csv",
    "sets/lef/files/1/csv", "programmes",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_a_member_sees_no_page_of_trainers(signed_in: Browser, path: str) -> None:
    assert "Deze pagina is er niet" in await signed_in.opens(path, 404)


@pytest.mark.parametrize("path", PATHS)
async def test_a_trainer_sees_each_page(trainer: Browser, path: str) -> None:
    await trainer.opens(path)
    assert "style=" not in trainer.html and "<script" not in trainer.html

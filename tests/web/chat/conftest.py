"""A bot whose only channel is the chat in a browser, and somebody who opens it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.types import ASGIApp

from bot.app import Application, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.teams import InvitationKind
from bot.store.teams import invitations, teams
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.web_chat import ADDRESS, PAGES, WebPerson, browser


@pytest.fixture
async def application(
    database: Database, vault: Vault, clock: FixedClock
) -> AsyncIterator[Application]:
    """The application, which handles what comes in."""
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS)
    built = build(database, vault, [channel], clock, replace(PAGES, inbox_limits=NO_LIMITS))
    async with listening(built, channel):
        yield built


@pytest.fixture
def site(application: Application) -> ASGIApp:
    """The pages."""
    assert application.site is not None
    return application.site.application()


@pytest.fixture
async def person(site: ASGIApp) -> AsyncIterator[WebPerson]:
    """Somebody who has not begun yet."""
    async with browser(site) as opened:
        yield opened


@pytest.fixture
async def sanne(person: WebPerson) -> WebPerson:
    """Somebody who answered the two questions."""
    await person.begins()
    await person.presses("Nederlands")
    await person.says("ma-zo 9:30")
    await person.receives("elke dag om 9:30")
    return person


async def invitation(application: Application, name: str = "Griffie") -> str:
    """Returns the code of an invitation to a new team."""
    async with application.database.transaction() as session:
        at = application.clock()
        team = await teams.create(session, name, "nl", "Europe/Amsterdam", at)
        return await invitations.create_invitation(session, team.id, InvitationKind.TEAM, at)

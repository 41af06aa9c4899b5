"""Trainers in a browser, and the sets that they find there."""

import re

from sqlalchemy import select

from bot.app import Application
from bot.core.challenges.challenge import ChallengeSet
from bot.store.challenges import publications
from bot.store.members import roles
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.teams import Role
from tests.support.fakes import FakeMember
from tests.web.conftest import ADDRESS, Browser


async def becomes_trainer(browser: Browser, member: FakeMember) -> Browser:
    """A browser in which somebody is signed in who is a trainer from now on."""
    async with member.application.database.transaction() as session:
        await roles.grant(session, member.address.pair, Role.TRAINER, None, member.clock())
    await browser.signs_in(member)
    return browser


async def publishes(application: Application, *sets: ChallengeSet, team: int | None = None) -> None:
    """These go live, one after the other, for everybody or for a team."""
    at = application.clock()
    for given in sets:
        async with application.database.transaction() as session:
            await publications.publish(session, given, at, {team: at})


async def uploads(
    browser: Browser, name: str, content: bytes, status: int = 200, **fields: str
) -> str:
    """Fills in the form for a file on the page that is open."""
    key = re.search(r'name="form_key" value="([0-9a-f]+)"', browser.html)
    assert key
    browser.page = await browser.http.post(
        "/web/sets",
        data={"form_key": key[1], "do": "upload", **fields},
        files={"file": (name, content)},
        headers={"Origin": ADDRESS},
        follow_redirects=True,
    )
    assert browser.page.status_code == status, browser.text[:500]
    return browser.text


def hidden(browser: Browser, name: str) -> str:
    """What a hidden field of the page holds, that of the last form with it."""
    found = re.findall(rf'type="hidden" name="{name}" value="([^"]*)"', browser.html)
    assert found, name
    return str(found[-1])


def shown(browser: Browser, name: str) -> str:
    """What a field for a text or a line shows."""
    line = re.search(rf'<input[^>]* name="{name}" value="([^"]*)"', browser.html)
    area = re.search(rf'<textarea[^>]* name="{name}"[^>]*>\n([^<]*)<', browser.html)
    found = line or area
    assert found, name
    return str(found[1])


async def acts(application: Application) -> list[tuple[str, str, str]]:
    """What the audit trail says, without who did it."""
    query = select(AuditEntryRow).order_by(AuditEntryRow.number)
    async with application.database.reading() as session:
        rows = (await session.scalars(query)).all()
    return [(row.action, row.subject, row.detail) for row in rows]

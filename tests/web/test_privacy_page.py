"""The page with what is kept, a copy of it, and its end."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from starlette.types import ASGIApp

from bot.app import BuildOptions, build
from bot.store.db.engine import Database
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.schema.audit import AuditEntryRow
from bot.web.pages.member.texts import Block, blocks_of
from tests.delivery.linked_chats import LinkedChats
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.web.conftest import ADDRESS, Browser, new_browser


async def actions(database: Database) -> list[str]:
    """What was recorded, the oldest first."""
    async with database.reading() as session:
        query = select(AuditEntryRow.action).order_by(AuditEntryRow.number)
        return list(await session.scalars(query))


def yes_on(browser: Browser) -> str:
    """The answer that erases, on the page that is open."""
    found = re.search(r'name="answer" value="(forget:yes:[^"]+)"', browser.html)
    assert found
    return found[1]


async def is_member(someone: FakeMember, database: Database) -> bool:
    """Whether there is such a member still."""
    async with database.reading() as session:
        return await members.find_member(session, *someone.address.pair) is not None


async def test_it_says_what_the_chat_says(signed_in: Browser, member: FakeMember) -> None:
    told = await signed_in.opens("privacy")
    for command in ("/privacy", None):
        if command:
            await member.says(command)
        else:
            await member.presses("Meer")
        for line in member.last.text.splitlines():
            assert line.removeprefix("• ") in told
    assert "paper" in told and "Waar je bent aangemeld" in told


def test_a_text_of_the_chat_becomes_paragraphs_and_lists() -> None:
    assert blocks_of("In het kort:\n• een\n• twee\n\nEn dan:") == [
        Block(["In het kort:"], is_list=False),
        Block(["een", "twee"], is_list=True),
        Block(["En dan:"], is_list=False),
    ]


async def test_the_copy_is_that_of_the_chat(
    signed_in: Browser, member: FakeMember, database: Database
) -> None:
    await member.round("Gedaan", "De kapper weet alles")
    await signed_in.signs_in(member)
    await signed_in.opens("privacy/export")
    assert "exported" not in await actions(database)
    await signed_in.posts("privacy/export")
    assert signed_in.page is not None
    assert signed_in.page.headers["content-type"] == "application/zip"
    assert "olievlek-2026-11-24.zip" in signed_in.page.headers["content-disposition"]
    with ZipFile(BytesIO(signed_in.page.content)) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "De kapper weet alles" in text
    assert (await actions(database))[-1] == "exported"


async def test_who_is_erased_is_gone_and_signed_out_everywhere(
    signed_in: Browser, member: FakeMember, database: Database, site: ASGIApp
) -> None:
    await member.round("Gedaan", "De kapper weet alles")
    await signed_in.signs_in(member)
    async with new_browser(site) as http:
        other = Browser(http)
        await other.signs_in(member)
        assert "Weet je het zeker?" in await signed_in.opens("privacy/erase")
        told = await signed_in.posts("privacy/erase", answer=yes_on(signed_in))
        assert "Ik wis je gegevens" in told and "<nav" not in signed_in.html
        assert not await is_member(member, database)
        assert "Met /start begin je opnieuw." in member.last.text
        assert (await actions(database))[-1] == "erased"
        for browser in (signed_in, other):
            await browser.opens("", 401)


@pytest.fixture
async def chats(database: Database, vault: Vault, clock: FixedClock) -> LinkedChats:
    """Two chats that were linked just now, each with something of its own."""
    channels = [FakeChannel(name="telegram"), FakeChannel(name="matrix")]
    application = build(database, vault, channels, clock, BuildOptions(pages=ADDRESS))
    telegram, matrix = (
        FakeMember(application, channel, clock, name)
        for channel, name in zip(channels, ("4711", "@sanne:example.org"), strict=True)
    )
    linked = LinkedChats(telegram, matrix, clock)
    for chat in (telegram, matrix):
        await chat.joins()
        await chat.round("Gedaan", f"Op {chat.address.channel}")
    await linked.link()
    return linked


@pytest.mark.parametrize("is_undoable", [True, False])
async def test_linked_chats_go_as_they_do_in_the_chat(
    chats: LinkedChats, database: Database, is_undoable: bool
) -> None:
    if not is_undoable:
        await chats.week_passes()
    site = chats.telegram.application.site
    assert site is not None
    async with new_browser(site.application()) as http, new_browser(site.application()) as second:
        browser, other = Browser(http), Browser(second)
        await other.signs_in(chats.telegram)
        await browser.signs_in(chats.matrix)
        assert "Telegram" in await browser.opens("privacy") and "Matrix" in browser.text
        told = await browser.opens("privacy/erase")
        assert ("wis dan alleen wat van deze chat is" in told) == is_undoable
        await browser.posts("privacy/erase", answer=yes_on(browser))
        for signed_out in (browser, other):
            await signed_out.opens("", 401)
    assert not await is_member(chats.matrix, database)
    assert await is_member(chats.telegram, database) == is_undoable
    assert ("weer los" in chats.telegram.last.text) == is_undoable
    assert "Ik ga nu weg uit dit gesprek." in chats.matrix.last.text


async def test_no_keeps_everything(
    signed_in: Browser, member: FakeMember, database: Database
) -> None:
    await signed_in.opens("privacy/erase")
    assert "Goed, alles blijft staan." in await signed_in.posts("privacy/erase", answer="forget:no")
    assert await is_member(member, database)


async def test_the_question_is_good_for_an_hour(
    signed_in: Browser, member: FakeMember, database: Database, clock: FixedClock
) -> None:
    await signed_in.opens("privacy/erase")
    answer = yes_on(signed_in)
    clock.passes(minutes=61)
    assert "te oud" in await signed_in.posts("privacy/erase", answer=answer)
    assert await is_member(member, database)


@pytest.mark.parametrize(
    "answer", ["", "forget:yes", "forget:yes:1:x", "forget:ask", f"forget:yes:{'9' * 99}:1", "yes"]
)
async def test_another_answer_erases_nothing(
    signed_in: Browser, member: FakeMember, database: Database, answer: str
) -> None:
    await signed_in.opens("privacy/erase")
    await signed_in.posts("privacy/erase", 404, answer=answer)
    assert await is_member(member, database)

"""The chat in a browser beside one on another channel, of the same person."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from bot.app import Application, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.web_chat import ADDRESS, HIDDEN, PAGES, WebPerson, browser


@pytest.fixture
def fake_channel() -> FakeChannel:
    """Another channel, under the name of a real one."""
    return FakeChannel(name="telegram")


@pytest.fixture
async def application(
    database: Database, vault: Vault, clock: FixedClock, fake_channel: FakeChannel
) -> AsyncIterator[Application]:
    """The application with both channels."""
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS)
    options = replace(PAGES, inbox_limits=NO_LIMITS)
    built = build(database, vault, [fake_channel, channel], clock, options)
    async with listening(built, channel):
        yield built


@pytest.fixture
async def phone(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, sanne: WebPerson
) -> FakeMember:
    """Her other chat, in which she took part before; she links them."""
    phone = FakeMember(application, fake_channel, clock, "7")
    await phone.joins()
    await phone.round("Gedaan", "Op Telegram geschreven.")
    await phone.says("/koppel")
    code = re.search(r"/koppel (\w{4}-\w{4})", phone.last.text)
    assert code is not None
    await sanne.says(f"/koppel {code[1]}")
    await sanne.presses("Koppelen")
    await phone.presses("Koppelen")
    await sanne.receives("Deze chat hoort nu ook bij jou")
    return phone


async def test_linking_joins_it_with_another_channel(sanne: WebPerson, phone: FakeMember) -> None:
    await sanne.says("/terugblik")
    await sanne.receives("Op Telegram geschreven.")
    await sanne.opens()
    assert any(one.own and one.text == "Op Telegram geschreven." for one in sanne.seen.values())
    await phone.says("/privacy")
    assert "Web: hier zit geen ander bedrijf tussen" in phone.last.text
    assert "Telegram kan meelezen" in phone.last.text


async def sign_in_path(person: WebPerson) -> str:
    """The path of the link that signs in, which was just asked for."""
    said = await person.receives("/web/sign-in/")
    found = re.search(r"https://olievlek.test(/web/sign-in/\S+)", said)
    assert found is not None
    return found[1]


async def test_who_is_signed_in_to_the_pages_opens_the_chat_there(
    sanne: WebPerson, site: ASGIApp
) -> None:
    await sanne.says("/web")
    link = await sign_in_path(sanne)
    async with browser(site) as computer:
        assert "Aanmelden bij je organisatie" not in await computer.opens("/chat/recover")
        await computer.posts(link, {})
        page = await computer.opens("/web/sessions")
        form_key = dict(HIDDEN.findall(page))["form_key"]
        await computer.posts("/web/sessions", {"form_key": form_key, "which": "chat"})
        assert computer.page is not None and computer.page.url.path.startswith("/chat/move/")
        await computer.posts(computer.page.url.path, {})
        assert "elke dag om 9:30" in computer.html
        await sanne.receives("nu ook open in")
        # A thief who did that has the pages still when that browser is signed out.
        await sanne.says("/web")
        unused = await sign_in_path(sanne)
        await sanne.opens("/chat/browsers")
        await sanne.posts("/chat/browsers", {**sanne.fields, "what": "others"})
        await computer.opens("/web/sessions", 401)
        await computer.posts(unused, {}, 410)
        # And a link to the chat that was made on the pages ends when those are signed out.
        await sanne.opens()
        await sanne.says("/web")
        await computer.posts(await sign_in_path(sanne), {})
        page = await computer.opens("/web/sessions")
        form_key = dict(HIDDEN.findall(page))["form_key"]
        await computer.posts("/web/sessions", {"form_key": form_key, "which": "chat"})
        made = computer.page.url.path
        await sanne.opens()
        await sanne.presses("Overal afmelden")
        await computer.posts(made, {}, 410)


async def test_signing_out_everywhere_from_another_chat_ends_every_browser(
    sanne: WebPerson, phone: FakeMember, site: ASGIApp
) -> None:
    async with browser(site) as other:
        await other.begins()  # of somebody else
        await phone.says("/web")
        assert "browser" in phone.last.text
        await phone.presses("Overal afmelden")
        assert "geen gesprek meer" in await sanne.opens()
        assert 'id="messages"' in await other.opens()


async def test_a_farewell_from_another_chat_comes_to_the_open_page(
    sanne: WebPerson, phone: FakeMember, clock: FixedClock, database: Database
) -> None:
    clock.passes(days=8)  # the week in which a link can be undone is over
    await sanne.opens()
    await phone.says("/vergeetmij")
    await phone.presses("Ja")
    await sanne.until(lambda: sanne.farewell, "farewell")
    assert sanne.farewell is not None and sanne.farewell.split(".")[0] in await sanne.opens()
    assert "Praten met Olievlek" in await sanne.opens()
    async with database.reading() as session:
        [kept] = set((await session.scalars(text("SELECT text FROM chat_farewells"))).all())
    # It may say that a story without a name is theirs, and the row stays for a day.
    assert sanne.farewell.encode()[:20] not in bytes(kept)

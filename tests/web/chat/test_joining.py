"""Beginning a chat in a browser, and getting it back in another one."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select
from starlette.types import ASGIApp

from bot.app import Application, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.chat import ChatBrowserRow
from bot.store.schema.members import AddressRow, MemberRow
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.inbox import listening
from tests.support.web_chat import ADDRESS, HEADERS, PAGES, WebPerson, browser
from tests.web.chat.conftest import invitation

CODE = re.compile(r"\b[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}\b")


async def rows(application: Application, table: type[Base]) -> int:
    """How many rows a table has."""
    async with application.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def shown_code(html: str) -> str:
    """The recovery code on a page."""
    found = CODE.search(html)
    assert found is not None
    return found[0]


async def test_an_invitation_is_two_requests_from_the_team(
    application: Application, person: WebPerson
) -> None:
    await person.begins(await invitation(application))
    await person.receives("Je hoort nu bij Griffie")
    await person.receives("In welke taal")
    assert not any(one.own for one in person.seen.values())  # they typed nothing


async def test_a_preview_of_the_link_uses_nothing_up_and_makes_nothing(
    application: Application, person: WebPerson
) -> None:
    code = await invitation(application)
    for path in (f"/chat/{code}", "/chat", "/chat/recover", "/chat/move/x"):
        for _ in range(3):
            assert (await person.http.get(path)).status_code in (200, 410)
            assert (await person.http.head(path)).status_code in (200, 410)
    assert not person.http.cookies
    assert await rows(application, ChatBrowserRow) == await rows(application, MemberRow) == 0
    await person.begins(code)
    await person.receives("Je hoort nu bij Griffie")


async def test_the_same_form_begins_one_chat(application: Application, person: WebPerson) -> None:
    """The answer was lost, or somebody pressed twice."""
    await person.opens()
    fields = person.fields
    first = await person.http.post("/chat/begin", data=fields, headers=HEADERS)
    person.http.cookies.clear()  # it never came
    second = await person.http.post("/chat/begin", data=fields, headers=HEADERS)
    assert (first.status_code, second.status_code) == (303, 303)
    assert await rows(application, ChatBrowserRow) == await rows(application, MemberRow) == 1
    await person.opens()
    assert [one.text[:15] for one in person.seen.values()] == ["Hoi! Ik ben Oli"]
    lost = first.cookies["__Host-olievlek-chat"]
    person.http.cookies.clear()
    person.http.cookies.set("__Host-olievlek-chat", lost)
    assert "geen gesprek meer" in await person.opens()


async def test_a_browser_that_keeps_no_cookie_is_told_what_it_takes(person: WebPerson) -> None:
    await person.opens("/chat/K7QF2MPXAB")
    assert "cookie van je gesprek niet" not in person.html
    answer = await person.http.post("/chat/begin", data=person.fields, headers=HEADERS)
    person.http.cookies.clear()
    assert "cookie van je gesprek niet bewaard" in await person.opens(answer.headers["location"])
    await person.begins()
    assert 'id="messages"' in person.html


async def test_an_old_form_begins_nothing(
    application: Application, person: WebPerson, clock: FixedClock
) -> None:
    await person.opens()
    fields = person.fields
    await person.posts("/chat/begin", fields)
    clock.passes(minutes=10)
    person.http.cookies.clear()
    await person.posts("/chat/begin", fields, 403)
    await person.posts("/chat/begin", {**fields, "form": "short"}, 403)
    assert await rows(application, ChatBrowserRow) == 1


async def test_an_invitation_joins_the_chat_that_is_there(
    application: Application, sanne: WebPerson
) -> None:
    code = await invitation(application)
    assert "Je bent uitgenodigd" in await sanne.opens(f"/chat/{code}")
    await sanne.posts("/chat/begin", sanne.fields)
    await sanne.receives("Je hoort nu bij Griffie")
    assert await rows(application, MemberRow) == 1


async def test_the_recovery_code_is_shown_once_and_opens_the_chat_elsewhere(
    person: WebPerson, site: ASGIApp
) -> None:
    await person.begins()
    code = shown_code(person.html)
    assert code in await person.opens()  # a page without a script reloads with each tap
    assert code not in await person.opens("/chat?noted=1")
    assert code not in await person.opens()
    async with browser(site) as phone:
        await phone.opens("/chat/recover")
        await phone.posts("/chat/recover", {"code": "AAAA-BBBB-CCCC-DDDD"}, 422)
        await phone.posts("/chat/recover", {"code": code.lower().replace("-", " ")})
        await phone.receives("Hoi! Ik ben Olievlek")
        await phone.presses("English")
        await person.receives("When may I")  # both have it open
        await phone.opens("/chat/browsers")
        await phone.posts("/chat/browsers", {**phone.fields, "what": "code"})
        newer = shown_code(phone.html)
        await phone.posts("/chat/recover", {"code": code}, 422)
        await phone.posts("/chat/recover", {"code": newer})


async def test_guesses_at_one_beginning_are_slowed(person: WebPerson, clock: FixedClock) -> None:
    await person.begins()
    code = shown_code(person.html)
    statuses = [
        (await person.http.post("/chat/recover", data={"code": f"{code[:-1]}{last}"})).status_code
        for last in "ABCDEFGHJ"
        if last != code[-1]
    ]
    assert statuses[:5] == [422] * 5 and set(statuses[5:]) == {429}
    await person.posts("/chat/recover", {"code": code}, 429)
    clock.passes(hours=1, seconds=1)
    await person.posts("/chat/recover", {"code": code})


async def move_link(person: WebPerson) -> str:
    """The path of a link to another browser."""
    await person.opens("/chat/browsers")
    await person.posts("/chat/browsers", {**person.fields, "what": "move"})
    found = re.search(r"https://olievlek.test(/chat/move/[\w-]+)", person.html)
    assert found is not None
    return found[1]


async def test_a_link_opens_the_chat_in_one_other_browser_for_ten_minutes(
    sanne: WebPerson, site: ASGIApp, clock: FixedClock
) -> None:
    path = await move_link(sanne)
    async with browser(site) as phone, browser(site) as other:
        await phone.opens(path)
        assert not phone.http.cookies
        await phone.posts(path, {})
        await phone.receives("elke dag om 9:30")
        await other.posts(path, {}, 410)
        late = await move_link(sanne)
        clock.passes(minutes=10)
        await other.opens(late, 410)
        await other.posts(late, {}, 410)


async def test_browsers_are_listed_and_signed_out(sanne: WebPerson, site: ASGIApp) -> None:
    async with browser(site) as phone:
        path = await move_link(sanne)
        await phone.posts(path, {})
        await sanne.opens("/chat/browsers")
        assert sanne.html.count("afmelden") == 2
        assert "Was jij dat niet?" in await sanne.receives("Je gesprek is nu ook open in")
        await sanne.opens("/chat/browsers")
        # A thief who has one of the browsers makes ways in that outlive it.
        ways = {}
        for what in ("code", "calendar"):
            await phone.opens("/chat/browsers")
            ways[what] = await phone.posts("/chat/browsers", {**phone.fields, "what": what})
        made = shown_code(ways["code"])
        [feed] = re.findall(r"https://olievlek.test(/chat/calendar/[\w-]+\.ics)", phone.html)
        assert (await phone.http.get(feed)).status_code == 200
        told = await sanne.posts("/chat/browsers", {**sanne.fields, "what": "others"})
        assert "werken niet meer" in told
        assert "geen gesprek meer" in await phone.opens()
        await phone.posts("/chat/recover", {"code": made}, 422)
        assert (await phone.http.get(feed)).status_code == 404
        await phone.posts("/chat/recover", {"code": shown_code(sanne.html)})
        await sanne.opens("/chat/browsers")
        [last] = re.findall(r'name="what" value="(\d+)"', sanne.html)[1:]
        told = await sanne.posts("/chat/browsers", {**sanne.fields, "what": last})
        assert "werken niet meer" in told and "geen gesprek meer" in await phone.opens()
        own = re.findall(r'name="what" value="(\d+)"', sanne.html)
        await sanne.posts("/chat/browsers", {**sanne.fields, "what": own[0]})
        assert "Begin" in sanne.html and "__Host-olievlek-chat" not in sanne.http.cookies


async def addresses(application: Application) -> Sequence[str]:
    """The addresses that members have."""
    async with application.database.reading() as session:
        return (await session.scalars(select(AddressRow.address))).all()


async def test_the_address_cannot_be_guessed_and_is_nowhere_on_the_page(
    application: Application, sanne: WebPerson
) -> None:
    [address] = await addresses(application)
    assert re.fullmatch(r"[0-9a-f]{32}", address)
    assert address not in sanne.html + str(sanne.http.cookies)


async def test_what_begins_and_does_not_go_on_is_forgotten_after_a_day(
    application: Application, person: WebPerson, sanne: WebPerson, clock: FixedClock
) -> None:
    async with application.database.transaction() as session:
        session.add(
            ChatBrowserRow(
                channel="web",
                address="0" * 32,
                digest="x" * 64,
                form_key="k",
                browser="browser",
                created_at=clock(),
                rotated_at=clock(),
                expires_at=clock() + timedelta(days=180),
            )
        )
    assert await rows(application, ChatBrowserRow) == 2
    clock.passes(days=1, seconds=1)
    await application.retention.run()
    assert await rows(application, ChatBrowserRow) == 1
    clock.passes(days=180)
    await application.retention.run()
    assert await rows(application, ChatBrowserRow) == 0


async def test_two_tabs_with_an_invitation_are_one_person(
    application: Application, person: WebPerson
) -> None:
    code = await invitation(application)
    await person.opens(f"/chat/{code}")
    first = person.fields
    await person.opens(f"/chat/{code}")
    await person.posts("/chat/begin", person.fields)
    await person.posts("/chat/begin", first)
    assert "Je bent uitgenodigd" in person.html
    await person.posts("/chat/begin", person.fields)
    await person.receives("Je hoort al bij Griffie")
    assert await rows(application, MemberRow) == await rows(application, ChatBrowserRow) == 1


async def test_who_makes_cookies_up_is_slowed(person: WebPerson) -> None:
    statuses = []
    for number in range(610):
        cookie = {"Cookie": f"__Host-olievlek-chat={number}"}
        statuses.append((await person.http.get("/chat/news", headers=cookie)).status_code)
        if statuses[-1] == 429:
            break
    assert statuses[0] == 401 and statuses[-1] == 429


async def test_behind_a_proxy_on_a_path_of_its_own(
    database: Database, vault: Vault, clock: FixedClock
) -> None:
    address = f"{ADDRESS}/bot"
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), address)
    built = build(database, vault, [channel], clock, replace(PAGES, pages=address))
    assert (
        built.site is not None and channel.invitation("K7", to_group=False) == f"{address}/chat/K7"
    )
    async with listening(built, channel), browser(built.site.application()) as person:
        await person.opens("/bot/chat")
        await person.posts("/bot/chat/begin", person.fields)
        assert str(person.page and person.page.url) == f"{address}/chat?begun=1"
        await person.posts("/bot/chat/say", {**person.fields, "text": "Nederlands"})
        paths = re.findall(r'(?:href|src|action)="(/[^"]+)"', person.html)
        assert paths and all(path.startswith("/bot/") for path in paths)


async def test_one_link_offers_the_other_channels_too(
    database: Database, vault: Vault, clock: FixedClock
) -> None:
    """What stands on a poster: who may not have Telegram begins here, and who has it, there."""
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS)
    others = [Inviting("telegram", "https://t.me/bot?start={}"), Inviting("matrix", "https://m.to")]
    built = build(database, vault, [*others, channel], clock, PAGES)
    assert built.site is not None
    code = await invitation(built)
    async with browser(built.site.application()) as person:
        html = await person.opens(f"/chat/{code}")
        assert f'href="https://t.me/bot?start={code}"' in html and "Begin op Telegram" in html
        assert f"Typ daar: /start {code}" in html and 'href="https://m.to"' in html
        assert "Liever in een andere app" not in await person.opens("/chat")
        assert "t.me" not in await person.opens("/chat/x&start=y")


class Inviting(FakeChannel):
    """A channel with links for invitations."""

    def __init__(self, name: str, link: str) -> None:
        super().__init__(name=name)
        self._link = link

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """The link, with the code in it if it has a place for it."""
        return None if to_group else self._link.format(code)

"""The page of the conversation: what it shows, and that nothing is lost or doubled."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.types import ASGIApp

from bot.app import Application
from bot.core.streaks.rounds import Answer
from bot.messages import Address, Farewell, Outgoing
from bot.store.lifecycle.erase import erase_member
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.nudges import nudges
from bot.store.nudges.nudges import PlaceInRound
from bot.store.schema import Base
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.chat import ChatBrowserRow, ChatKeyRow, MailboxRow
from bot.store.schema.members import MemberRow
from tests.support.fakes import FixedClock
from tests.support.web_chat import HEADERS, WebPerson, browser, events, rows_in

FAREWELL = Outgoing("Alles is gewist.", farewell=Farewell("Er staan nog resten."))
TABLES: tuple[type[Base], ...] = (MailboxRow, ChatBrowserRow, ChatKeyRow, MemberRow)


def texts(person: WebPerson) -> list[str]:
    """What stands in the chat."""
    return [one.text for one in person.seen.values()]


async def round_with(person: WebPerson, words: str) -> None:
    """A challenge at once, which is done, and written about."""
    await person.says("/nu")
    await person.receives("Lef:")
    await person.presses("Gedaan")
    await person.receives("gedaan is gedaan")
    await person.says(words)
    await person.receives("Je reeks")


async def test_a_form_that_is_posted_again_is_taken_in_once(sanne: WebPerson) -> None:
    """A reload, a second tap, and a browser that tries again because the answer was lost."""
    fields = {**sanne.fields, "text": "/reeks"}
    answers = await asyncio.gather(
        *(sanne.http.post("/chat/say", data=fields, headers=HEADERS) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {303}
    await sanne.posts("/chat/say", fields)
    assert texts(sanne).count("/reeks") == 1
    assert len([text for text in texts(sanne) if text.startswith("Je reeks: 0")]) == 1


async def test_what_cannot_be_is_not_taken_in(sanne: WebPerson) -> None:
    await sanne.says("a\0b\r\nc")
    assert "ab\nc" in texts(sanne)
    page = await sanne.posts("/chat/say", {**sanne.fields, "text": "x" * 10_001}, status=413)
    assert "hoogstens 10000 tekens" in page
    await sanne.opens()
    assert not any("xxx" in text for text in texts(sanne))
    await sanne.says("y\r\n" * 5_000)
    assert "y\n" * 5_000 in texts(sanne)


async def test_two_tabs_say_two_things(sanne: WebPerson) -> None:
    await sanne.opens()
    first = sanne.fields
    await sanne.opens()
    second = sanne.fields
    assert first["form"] != second["form"]
    await sanne.posts("/chat/say", {**first, "text": "/reeks"})
    await sanne.posts("/chat/say", {**second, "text": "/reeks"})
    assert texts(sanne).count("/reeks") == 2


async def test_what_was_said_in_passing_goes_after_a_day_and_rounds_stay(
    application: Application, sanne: WebPerson, clock: FixedClock
) -> None:
    await round_with(sanne, "De bakker wist het.")
    before = texts(sanne)
    assert any("elke dag om 9:30" in text for text in before)
    clock.passes(days=2)
    await application.retention.run()
    await sanne.opens()
    task, answer, words = sanne.seen.values()
    assert "Lef:" in task.text and not task.choices
    assert (answer.text, words.text) == ("Gedaan", "De bakker wist het.")
    assert answer.own and words.own and not task.own


async def test_an_older_challenge_can_be_answered_and_replied_to(
    application: Application, sanne: WebPerson, clock: FixedClock
) -> None:
    for day in (24, 25):
        clock.goes_to(day, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        await sanne.receives("Lef:")
    clock.goes_to(27, 11, 12)
    await application.retention.run()
    await sanne.opens()
    older, newer = sanne.seen.values()
    assert list(older.choices) == ["Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu"]
    await sanne.opens(f"/chat?reply={older.key}")
    assert "Je antwoordt op:" in sanne.html
    await sanne.says("Bij de bakker.")
    await sanne.receives("Bewaard bij")
    await sanne.presses("Geprobeerd")
    await sanne.receives("Het telt mee")
    await sanne.opens()
    shown = {one.key: one for one in sanne.seen.values()}
    assert not shown[older.key].choices and not shown[newer.key].choices


async def test_older_rounds_are_on_pages_of_their_own(
    application: Application, sanne: WebPerson, clock: FixedClock, vault: Vault
) -> None:
    async with application.database.transaction() as session:
        member = await session.scalar(select(MemberRow))
        challenge = await session.scalar(select(ChallengeRow).limit(1))
        assert member is not None and challenge is not None
        for _ in range(23):
            clock.passes(days=1)
            nudge = nudges.create(session, member, challenge, PlaceInRound(clock()), clock())
            nudge.sent_at = clock()
            await session.flush()
            nudges.record_answer(nudge, Answer.DONE, clock())
            await Diary(session, vault, member.id).write(nudge.id, str(nudge.id), "Ja.", clock())
    clock.passes(days=2)
    await application.retention.run()
    await sanne.opens()
    found = re.search(r"/chat\?before=\d+", sanne.html)
    assert found is not None
    newest = len(sanne.seen)
    await sanne.opens(found[0])
    assert (newest, len(sanne.seen)) == (60, 9)
    assert "Naar het nieuwste" in sanne.html
    await sanne.opens("/chat?before=x")


async def test_a_message_is_changed_and_taken_back(sanne: WebPerson) -> None:
    await round_with(sanne, "De bakker wist het.")
    key = sanne.own_key("De bakker wist het.")
    await sanne.says("De slager wist het.", message=key, edit="1")
    await sanne.receives("aangepast")
    await sanne.opens()
    assert sanne.seen[key].text == "De slager wist het." and "aangepast" in sanne.html
    await sanne.says("", message=key, delete="1")
    assert key not in sanne.seen
    await sanne.says("/terugblik")
    assert "slager" not in "\n".join(texts(sanne))


async def test_the_export_is_a_file_in_the_chat(sanne: WebPerson, site: ASGIApp) -> None:
    await sanne.says("/export")
    [path] = [one.file for one in sanne.seen.values() if one.file]
    answer = await sanne.http.get(path)
    assert answer.headers["content-disposition"].startswith('attachment; filename="olievlek-')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "member.json" in archive.namelist()
    async with browser(site) as stranger:
        assert (await stranger.http.get(path)).status_code == 404
        await stranger.begins()
        assert (await stranger.http.get(path)).status_code == 404


async def feed_of(person: WebPerson) -> str:
    """The path of a link for a calendar."""
    await person.opens("/chat/browsers")
    await person.posts("/chat/browsers", {**person.fields, "what": "calendar"})
    found = re.search(r"https://olievlek.test(/chat/calendar/[\w-]+\.ics)", person.html)
    assert found is not None
    return found[1]


async def test_a_calendar_follows_their_moments_and_knows_nothing_else(
    sanne: WebPerson, site: ASGIApp
) -> None:
    await round_with(sanne, "De bakker wist het.")
    first = await feed_of(sanne)
    async with browser(site) as calendar:
        shown = await calendar.http.get(first)
        assert shown.headers["content-type"].startswith("text/calendar")
        assert "DTSTART:20261124T083000Z" in shown.text and "bakker" not in shown.text
        await sanne.opens()
        await sanne.says("/ritme wo 15:00")
        assert "DTSTART:20261125T140000Z" in (await calendar.http.get(first)).text
        assert (await calendar.http.get(await feed_of(sanne))).status_code == 200
        assert (await calendar.http.get(first)).status_code == 404  # the newer took its place
        assert (await calendar.http.get("/chat/calendar/x.ics")).status_code == 404


async def test_erasure_leaves_nothing_and_is_told_to_every_browser_that_is_open(
    application: Application, sanne: WebPerson, site: ASGIApp
) -> None:
    await sanne.opens("/chat/browsers")
    await sanne.posts("/chat/browsers", {**sanne.fields, "what": "move"})
    found = re.search(r"https://olievlek.test(/chat/move/[\w-]+)", sanne.html)
    assert found is not None
    await feed_of(sanne)
    async with browser(site) as phone:
        await phone.posts(found[1], {})
        await sanne.opens()
        await sanne.says("/vergeetmij")
        await sanne.receives("zeker")
        await sanne.presses("Ja")
        assert "Alles is gewist" in sanne.html
        await phone.until(lambda: phone.farewell and "Alles is gewist" in phone.farewell, "gewist")
    for table in TABLES:
        async with application.database.reading() as session:
            assert await session.scalar(select(func.count()).select_from(table)) == 0
    assert "Praten met Olievlek" in await sanne.opens()


async def test_a_press_that_does_nothing_any_more_says_so(sanne: WebPerson) -> None:
    await sanne.says("/vergeetmij")
    await sanne.receives("zeker")
    form = next(one for one in sanne.seen.values() if "Ja" in "".join(one.choices))
    await sanne.presses("Nee")
    action = next(action for label, action in form.choices.items() if "Nee" in label)
    fields = {"form_key": sanne.fields["form_key"], "form": "again", "message": form.key}
    page = await sanne.posts("/chat/say", {**fields, "press": action})
    said = re.search(r'id="notice" role="status">(.+?)</p>', page)
    assert said is not None and "alles blijft staan" in said[1]


async def test_nothing_is_said_about_somebody_in_titles_and_addresses(sanne: WebPerson) -> None:
    await round_with(sanne, "De bakker wist het.")
    assert "<title>Gesprek – Olievlek</title>" in sanne.html
    assert sanne.page is not None and str(sanne.page.url) == "https://olievlek.test/chat"
    assert sanne.page.headers["cache-control"] == "no-store"
    assert sanne.page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/chat/news?after=0", "/chat/news?after=x"])
async def test_a_page_without_a_stream_asks(sanne: WebPerson, path: str) -> None:
    answer = (await sanne.http.get(path)).json()
    found = [one for each in answer["messages"] for one in rows_in(each["html"])]
    assert [one.key for one in found] == list(sanne.seen)
    last = max(each["changed"] for each in answer["messages"])
    again = (await sanne.http.get(f"/chat/news?after={last}")).json()
    assert len(again["messages"]) == 1


async def test_the_last_word_comes_to_each_browser_when_the_erasure_is_over(
    application: Application, vault: Vault, clock: FixedClock, sanne: WebPerson
) -> None:
    await sanne.leaves()
    cookie = "; ".join(f"{name}={value}" for name, value in sanne.http.cookies.items())
    followed = events(sanne.site, cookie, "/chat/stream")
    assert (await anext(followed))[0] == "message"
    assert application.site is not None and application.site.chat is not None
    signals = application.site.chat.place.signals
    async with application.database.transaction() as session:
        address = str(await session.scalar(select(ChatBrowserRow.address)))
        member_id = await session.scalar(select(MemberRow.id))
        assert member_id is not None
        await erase_member(session, vault, member_id, clock())
    signals.changed(address)  # the page looks before the last word is there
    rest = asyncio.create_task(_without_messages(followed))
    assert "Ik wis je gegevens" in await sanne.opens()
    assert sanne.page is not None and sanne.page.headers["refresh"] == "2; url=/chat"
    assert not rest.done()
    await application.sender.send(Address("web", address), FAREWELL, "farewell")
    async with asyncio.timeout(5):
        assert await rest == [("farewell", {"text": "Alles is gewist."})]
    clock.passes(hours=23)
    assert "Alles is gewist." in await sanne.opens()  # also where no page was open
    # What waited there for a network goes too, although nobody may come back to this browser.
    assert "waiting.js" in sanne.html and "begin.js" in sanne.html
    assert "script-src 'self'" in sanne.page.headers["content-security-policy"]
    assert "Praten met Olievlek" in await sanne.opens()
    sanne.http.headers["Cookie"] = cookie
    clock.passes(hours=2)
    assert "geen gesprek meer" in await sanne.opens()


async def _without_messages(followed: AsyncIterator[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, data) async for name, data in followed if name != "message"]

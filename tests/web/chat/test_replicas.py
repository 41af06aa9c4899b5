"""Two applications on one PostgreSQL: a page that is open on one hears what the other does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.app import Application, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.startup import open_database, prepare
from bot.store.chat import browsers
from bot.store.db.engine import Database
from bot.store.db.notifications.notifications import listen
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.web.chat.chat import COOKIE
from bot.web.chat.live import LOOK_SECONDS
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.web_chat import ADDRESS, PAGES, WebPerson, browser, events

SOON = 1.5  # seconds


def application(database: Database, vault: Vault, clock: FixedClock) -> tuple[Application, WebChat]:
    """A bot on this database, whose only channel is the chat in a browser."""
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS)
    options = replace(PAGES, inbox_limits=NO_LIMITS)
    return build(database, vault, [channel], clock, options), channel


@asynccontextmanager
async def hearing(database: Database) -> AsyncIterator[None]:
    """Hears other replicas until the end of the block."""
    connected = asyncio.Event()
    task = asyncio.create_task(listen(database, connected.set))
    async with asyncio.timeout(10):
        await connected.wait()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_stream_on_another_replica_hears_within_a_second(
    postgresql_url: str, clock: FixedClock
) -> None:
    assert SOON < LOOK_SECONDS / 2  # or it would be found by looking
    vault = Vault(new_secret_key())
    async with open_database(postgresql_url) as first, open_database(postgresql_url) as second:
        await prepare(first, vault, clock())
        await prepare(second, vault, clock())
        leader, channel = application(first, vault, clock)
        follower, _ = application(second, vault, clock)
        assert leader.site is not None and follower.site is not None
        async with (
            listening(leader, channel),
            hearing(second),
            browser(leader.site.application()) as sanne,
            browser(leader.site.application()) as other,
        ):
            await sanne.begins()
            seen: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

            async def follow(person: WebPerson) -> None:
                assert follower.site is not None
                cookie = f"{COOKIE}={person.http.cookies[COOKIE]}"
                async for name, data in events(follower.site.application(), cookie, "/chat/stream"):
                    seen.put_nowait((name, str(data)))
                seen.put_nowait(("end", ""))

            async def hears(name: str, words: str) -> float:
                began = time.monotonic()
                async with asyncio.timeout(SOON):
                    while True:
                        event, data = await seen.get()
                        if event == name and words in data:
                            return time.monotonic() - began

            following = asyncio.create_task(follow(sanne))
            await hears("message", "In welke taal")
            await sanne.presses("Nederlands")
            await hears("message", "Wanneer mag ik")
            await sanne.says("ma-zo 9:30")
            await hears("message", "ma-zo 9:30")
            await hears("message", "elke dag om 9:30")
            key = sanne.own_key("ma-zo 9:30")
            fields = {"form_key": sanne.fields["form_key"], "form": "x" * 22, "message": key}
            await sanne.posts("/chat/say", {**fields, "delete": "1"})
            await hears("removed", key)
            await sanne.says("/vergeetmij")
            await hears("message", "zeker")
            await sanne.presses("Ja")
            await hears("farewell", "Alles is gewist")
            await following
            await other.begins()
            following = asyncio.create_task(follow(other))
            await hears("message", "In welke taal")
            async with first.transaction() as session:
                row = await browsers.find(session, other.http.cookies[COOKIE], clock())
                assert row is not None
                await browsers.end(session, (row.channel, row.address))
            await hears("farewell", "")
            await following

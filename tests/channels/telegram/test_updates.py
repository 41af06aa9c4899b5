"""How Telegram's updates come in: polled or delivered, in order within a chat, none lost."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.channels.telegram.channel import Telegram
from bot.delivery.inbox.flood_limits import InboxLimits
from bot.store.boxes import inbox as inbox_rows
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.inbox import InboxRow
from tests.channels.telegram.updates import TOKEN, Ears, has_heard, polling
from tests.support.fakes import FixedClock
from tests.support.inbox import HandledBy, inbox_of, running
from tests.support.telegram.bot_api import BotApiServer

GROUP_MEMBER = {"id": 7, "is_bot": False, "first_name": "Sanne"}


@pytest.fixture(autouse=True)
def _stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is never done with is not waited for long."""
    monkeypatch.setattr("bot.delivery.inbox.worker.STOP_SECONDS", 1.0)


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """The Bot API, on loopback."""
    async with BotApiServer(TOKEN) as started:
        yield started


async def test_a_slow_chat_holds_up_no_other(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    sanne, joost = server.person(7), server.person(8)
    ears = Ears(sanne)
    async with polling(server, clock, database, vault, ears.handle):
        sanne.types("traag")
        sanne.types("ook traag")
        await server.until(lambda: ears.begun)
        for number in range(20):
            joost.types(str(number))
            await server.until(partial(has_heard, ears, "8", number + 1))
        assert list(ears.heard) == ["8"] and len(ears.begun) == 21  # the slow one's second waits
        ears.goes_on.set()
        await server.until(partial(has_heard, ears, "7", 2))
    assert ears.heard["7"] == ["traag", "ook traag"]
    assert ears.heard["8"] == [str(number) for number in range(20)]


async def test_what_was_not_dealt_with_is_told_again(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    sanne, joost = server.person(7), server.person(8)
    ears = Ears(sanne)
    async with polling(server, clock, database, vault, ears.handle):
        sanne.types("eerste")
        sanne.types("tweede")
        joost.types("van mij")
        await server.until(lambda: ears.heard["8"])
    ears.deaf.clear()
    async with polling(server, clock, database, vault, ears.handle):
        await server.until(lambda: len(ears.heard["7"]) == 2)
    assert ears.heard["7"] == ["eerste", "tweede"]


async def test_what_was_finished_while_stopping_is_not_handled_again(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    sanne, joost = server.person(7), server.person(8)
    ears = Ears(sanne)
    async with polling(server, clock, database, vault, ears.handle):
        sanne.types("bewaar dit")
        await server.until(lambda: ears.begun)
        asyncio.get_running_loop().call_later(0.3, ears.goes_on.set)
    assert ears.heard["7"] == ["bewaar dit"]
    async with polling(server, clock, database, vault, ears.handle):
        joost.types("iets anders")
        await server.until(partial(has_heard, ears, "8", 1))
    assert ears.heard["7"] == ["bewaar dit"]


async def test_a_second_time_on_the_line_what_was_broken_off_is_told_again(
    server: BotApiServer, clock: FixedClock, telegram: Telegram, database: Database, vault: Vault
) -> None:
    sanne = server.person(7)
    ears = Ears(sanne)
    inbox = inbox_of(telegram, database, vault, clock, ears.handle)
    sanne.types("bewaar dit")
    async with running(inbox):  # as a replica does that loses the lead...
        await server.until(lambda: ears.begun)
    ears.deaf.clear()
    async with running(inbox):  # ...and takes it again
        await server.until(partial(has_heard, ears, "7", 1))
    assert ears.heard["7"] == ["bewaar dit"]


async def test_more_than_one_answer_holds_is_heard_in_order(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    people = [server.person(number) for number in (7, 8, 9)]
    ears = Ears()
    async with polling(server, clock, database, vault, ears.handle):
        for number in range(120):
            for person in people:
                person.types(str(number))
        await server.until(lambda: sum(map(len, ears.heard.values())) == 360, timeout=10)
    assert all(heard == [str(n) for n in range(120)] for heard in ears.heard.values())
    assert len(set(ears.begun)) == len(ears.begun)


async def test_the_bot_polls_no_faster_while_a_chat_is_stuck(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    sanne, joost = server.person(7), server.person(8)
    ears = Ears(sanne)
    async with polling(server, clock, database, vault, ears.handle):
        sanne.types("traag")
        await server.until(lambda: ears.begun)
        joost.types("vlot")
        await server.until(partial(has_heard, ears, "8", 1))
        polls = len(server.calls_of("getUpdates"))
        await asyncio.sleep(0.5)
        assert len(server.calls_of("getUpdates")) == polls
        ears.goes_on.set()


async def test_a_group_that_floods_is_answered_a_few_times_and_the_same_is_dropped(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    ears = HandledBy(Ears(server.person(7)).handle)
    group = server.group()
    async with polling(server, clock, database, vault, ears, InboxLimits()):
        for _ in range(150):
            group.hears(f"/help@{server.bot_user['username']}", GROUP_MEMBER)
            group.hears("Zullen we lunchen?", GROUP_MEMBER)
        await server.until(lambda: server.waiting_updates == 0)
        await server.until(lambda: ears.slowed_down)
        async with database.reading() as session:
            waiting = await session.scalar(select(func.count()).select_from(InboxRow)) or 0
        assert waiting <= 1 + InboxLimits().waiting
    assert ears.slowed_down == ["7"]


async def test_an_old_position_hides_no_new_updates(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    sanne, ears = server.person(7), Ears()
    async with database.transaction() as session:
        await inbox_rows.save_position(session, "telegram", "987654321", clock())
    sanne.types("na een stille week")  # with a number that Telegram chose at random
    clock.passes(days=7)
    async with polling(server, clock, database, vault, ears.handle):
        await server.until(partial(has_heard, ears, "7", 1))

"""How Telegram's updates come in: polled or delivered, in order within a chat, none lost."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from io import BytesIO

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.app import Application, build, webhook_endpoint
from bot.channels.base import IncomingHandler
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.updates import (
    SECRET_HEADER,
    WEBHOOK_PATH,
    Webhook,
)
from bot.delivery.inbox.flood_limits import InboxLimits
from bot.messages import Incoming, Typed
from bot.store.boxes import inbox as inbox_rows
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.inbox import InboxRow
from bot.web.server import Ports, bind_port, serve
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, HandledBy, inbox_of, running
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.support.telegram.pace import UNLIMITED

TOKEN = "123:abc"
SECRET = "a-secret-of-some-length"
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


@asynccontextmanager
async def polling(
    server: BotApiServer,
    clock: FixedClock,
    database: Database,
    vault: Vault,
    handle: IncomingHandler | HandledBy,
    limits: InboxLimits = NO_LIMITS,
) -> AsyncIterator[None]:
    """A new channel asks for updates, until the end of the block."""
    channel = Telegram(TOKEN, server.url, clock, UNLIMITED)
    async with running(inbox_of(channel, database, vault, clock, handle, limits)):
        yield
    await channel.close()


@asynccontextmanager
async def served(
    server: BotApiServer,
    clock: FixedClock,
    database: Database,
    vault: Vault,
    handle: IncomingHandler | HandledBy,
) -> AsyncIterator[str]:
    """The channel behind a real port, to which updates are brought; the port's address."""
    listener = bind_port("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    channel = Telegram(TOKEN, server.url, clock, UNLIMITED, Webhook.at(url, SECRET))

    inbox = inbox_of(channel, database, vault, clock, handle)
    serving = asyncio.create_task(
        serve(Ports(listener), {}, {WEBHOOK_PATH: webhook_endpoint(channel, inbox)})
    )
    async with running(inbox):
        await server.until(lambda: server.webhook.get("url") == f"{url}{WEBHOOK_PATH}")
        yield url
    await channel.close()
    serving.cancel()
    await asyncio.wait([serving])
    listener.close()


class Ears:
    """Keeps what was heard in each chat; those of `deaf` are never done with."""

    def __init__(self, *deaf: Person) -> None:
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.begun: list[str] = []
        self.deaf = {str(person.id) for person in deaf}
        self.goes_on = asyncio.Event()

    async def handle(self, incoming: Incoming) -> str | None:
        """Notes it."""
        chat = incoming.sender.id
        assert isinstance(incoming.content, Typed)
        self.begun.append(incoming.key)
        if chat in self.deaf:
            await self.goes_on.wait()
        await asyncio.sleep(0.001)
        self.heard[chat].append(incoming.content.text)
        return None


def has_heard(ears: Ears, chat: str, many: int) -> bool:
    """Whether so much was heard in a chat."""
    return len(ears.heard[chat]) == many


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


@pytest.fixture
async def telegram(server: BotApiServer, clock: FixedClock) -> AsyncIterator[Telegram]:
    """The channel."""
    channel = Telegram(TOKEN, server.url, clock, UNLIMITED)
    yield channel
    await channel.close()


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


async def test_updates_are_delivered(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    sanne, ears = server.person(7), Ears()
    async with served(server, clock, database, vault, ears.handle):
        sanne.types("een")
        sanne.types("twee")
        await server.until(partial(has_heard, ears, "7", 2))
    assert ears.heard["7"] == ["een", "twee"]
    assert server.webhook["secret_token"] == SECRET


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        ("another", b'{"update_id": 1}', 401),
        (None, b'{"update_id": 1}', 401),
        ("€", b"{}", 401),
        (SECRET, b"no json", 400),
        (SECRET, b"[]", 400),
        (SECRET, b'{"message": {}}', 400),
        (SECRET, b"x" * 1_100_000, 413),
    ],
)
async def test_what_is_no_delivery_is_refused(
    server: BotApiServer,
    clock: FixedClock,
    secret: str | None,
    body: bytes,
    status: int,
    database: Database,
    vault: Vault,
) -> None:
    ears = Ears()
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with (
        served(server, clock, database, vault, ears.handle) as url,
        aiohttp.ClientSession() as http,
    ):
        before = await _refused(http, url)
        async with http.post(f"{url}{WEBHOOK_PATH}", data=BytesIO(body), headers=headers) as answer:
            assert answer.status == status
        assert await _refused(http, url) - before == (status == 401)
        async with http.get(f"{url}{WEBHOOK_PATH}") as answer:
            assert answer.status == 405
    assert not ears.begun


async def _refused(http: aiohttp.ClientSession, url: str) -> float:
    async with http.get(f"{url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    name = "olievlek_deliveries_refused_total"
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


async def test_switching_loses_nothing(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    sanne, ears = server.person(7), Ears()
    said: list[str] = []

    def says(text: str) -> None:
        said.append(text)
        sanne.types(text)

    def all_is_heard() -> bool:  # perhaps twice: what is known by its mark, ears hear again
        return set(ears.heard["7"]) == set(said)

    for _ in range(2):
        async with polling(server, clock, database, vault, ears.handle):
            says(f"gevraagd {len(said)}")
            await server.until(all_is_heard)
        says(f"tussendoor {len(said)}")
        async with served(server, clock, database, vault, ears.handle):
            says(f"gebracht {len(said)}")
            await server.until(all_is_heard)
        says(f"nog iets {len(said)}")
    async with polling(server, clock, database, vault, ears.handle):
        await server.until(all_is_heard)
    assert list(dict.fromkeys(ears.heard["7"])) == said


@pytest.fixture
async def application(
    database: Database, vault: Vault, clock: FixedClock, server: BotApiServer
) -> AsyncIterator[Application]:
    """A house with a channel before the server."""
    channel = Telegram(TOKEN, server.url, clock, UNLIMITED)
    yield build(database, vault, [channel], clock)
    await channel.close()


async def _joins(person: Person) -> None:
    person.types("/start")
    await person.presses("Nederlands", await person.receives("In welke taal")).answered()
    await person.receives("Wanneer")
    person.types("ma-zo 9:30")
    await person.receives("elke dag om 9:30")


async def test_a_redelivered_update_changes_nothing(
    server: BotApiServer,
    clock: FixedClock,
    application: Application,
    database: Database,
    vault: Vault,
) -> None:
    sanne = server.person(7)
    async with served(server, clock, database, vault, application.replies.handle) as url:
        await _joins(sanne)
        typed = sanne.types("/help")
        await sanne.receives("/nu")
        said = len(sanne.inbox)
        update = {"update_id": server.deliveries[-1][0], "message": sanne.json_of(typed)}
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with aiohttp.ClientSession() as http:
            for _ in range(3):
                sent = json.dumps(update)
                async with http.post(f"{url}{WEBHOOK_PATH}", data=sent, headers=headers) as answer:
                    assert answer.status == 200
        assert len(sanne.inbox) == said


@pytest.mark.parametrize(
    ("emoji", "told"),
    [
        ("👍", "gedaan is gedaan"),
        ("❤", "gedaan is gedaan"),
        ("❤️", "gedaan is gedaan"),
        ("🙈", "dat je het probeerde"),
    ],
)
async def test_a_reaction_answers_a_nudge(
    server: BotApiServer,
    clock: FixedClock,
    application: Application,
    emoji: str,
    told: str,
    database: Database,
    vault: Vault,
) -> None:
    sanne = server.person(7)
    async with served(server, clock, database, vault, application.replies.handle):
        await _joins(sanne)
        clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        nudge = await sanne.receives(buttons=["Gedaan"])
        sanne.reacts(nudge, "🤔")
        sanne.reacts(nudge, "🤔", emoji)
        await sanne.receives(told)
        await sanne.sees_edit(nudge, buttons=[])
        said = len(sanne.inbox)
        sanne.reacts(nudge)
        sanne.reacts(nudge, emoji)
        sanne.types("/help")
        await sanne.receives("/nu")
        assert len(sanne.inbox) == said + 1


async def test_any_replica_may_take_a_delivery(
    server: BotApiServer, clock: FixedClock, database: Database, vault: Vault
) -> None:
    ears = Ears()
    channel = Telegram(TOKEN, server.url, clock, UNLIMITED, Webhook.at("https://a.example", SECRET))
    stands_by = inbox_of(channel, database, vault, clock, ears.handle)
    headers = {SECRET_HEADER: SECRET}
    person = {"id": 7, "is_bot": False, "first_name": "Sanne"}
    chat = {"id": 7, "type": "private"}
    for number in (5, 6, 5):
        message = {"message_id": number, "date": 1, "chat": chat, "from": person, "text": "hoi"}
        body = json.dumps({"update_id": number, "message": message}).encode()
        assert await channel.take_delivery(headers, body, stands_by.intake) == 200
    assert ears.begun == []
    await database.close()
    async with running(inbox_of(channel, database, vault, clock, ears.handle)):
        await server.until(partial(has_heard, ears, "7", 2))
    assert ears.begun == ["5", "6"]
    await channel.close()


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

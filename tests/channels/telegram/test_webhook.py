"""Updates that Telegram brings to a webhook: taken once, and from Telegram alone."""

import json
from collections.abc import AsyncIterator
from functools import partial
from io import BytesIO

import aiohttp
import pytest

from bot.app import Application, build
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.updates import (
    SECRET_HEADER,
    WEBHOOK_PATH,
    Webhook,
)
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.channels.telegram.updates import SECRET, TOKEN, Ears, has_heard, polling, served
from tests.support.fakes import FixedClock
from tests.support.inbox import inbox_of, running
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.support.telegram.pace import UNLIMITED


@pytest.fixture(autouse=True)
def _stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is never done with is not waited for long."""
    monkeypatch.setattr("bot.delivery.inbox.worker.STOP_SECONDS", 1.0)


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
    ("delivery", "status"),
    [
        (("another", b'{"update_id": 1}'), 401),
        ((None, b'{"update_id": 1}'), 401),
        (("€", b"{}"), 401),
        ((SECRET, b"no json"), 400),
        ((SECRET, b"[]"), 400),
        ((SECRET, b'{"message": {}}'), 400),
        ((SECRET, b"x" * 1_100_000), 413),
    ],
)
async def test_what_is_no_delivery_is_refused(
    server: BotApiServer,
    clock: FixedClock,
    delivery: tuple[str | None, bytes],
    status: int,
    database: Database,
    vault: Vault,
) -> None:
    secret, body = delivery
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
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
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
) -> None:
    sanne, database, vault = server.person(7), application.database, application.vault
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
    channel = Telegram(
        Login(server.url, TOKEN), clock, UNLIMITED, Webhook.at("https://a.example", SECRET)
    )
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

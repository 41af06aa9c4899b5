"""The test server's faults, its log of what was sent, and its pace."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.client import SANNE
from tests.support.telegram.faults import ACCEPTED, MOVED_TO, REFUSALS, FaultKind, RandomFaults
from tests.support.telegram.pace import SendRate
from tests.support.telegram.rules import ApiError

CLOSED = (FaultKind.DROPPED_BEFORE, FaultKind.DROPPED_AFTER, FaultKind.TOO_LATE)


@pytest.fixture
async def http(server: BotApiServer) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that knows nothing of Telegram."""
    async with aiohttp.ClientSession(f"{server.url}/bot{server.token}/") as session:
        yield session


async def sends(
    http: aiohttp.ClientSession, nudge: int | None = None, chat: int = SANNE, seconds: float = 5
) -> tuple[int, Any]:
    """Sends a message, a nudge if it has a number; the status, and the body where it is JSON."""
    message: dict[str, Any] = {"chat_id": chat, "text": "hallo"}
    if nudge is not None:
        button = {"text": "Niet nu", "callback_data": f"notnow:{nudge}"}
        message["reply_markup"] = json.dumps({"inline_keyboard": [[button]]})
    timeout = aiohttp.ClientTimeout(seconds)
    async with http.post("sendMessage", data=message, timeout=timeout) as response:
        if response.content_type != "application/json":
            return response.status, await response.text()
        return response.status, await response.json()


@pytest.mark.parametrize("trouble", list(REFUSALS))
async def test_a_refusal_by_name(
    server: BotApiServer, http: aiohttp.ClientSession, trouble: FaultKind
) -> None:
    server.strike_next("sendMessage", trouble)
    status, body = await sends(http)
    assert (status, body) == (REFUSALS[trouble].status, REFUSALS[trouble].body())
    chat = MOVED_TO if trouble is FaultKind.UPGRADED else SANNE
    assert (await sends(http, chat=chat))[0] == 200
    assert [one.trouble for one in server.sent] == [trouble, None]
    assert [one.accepted is None for one in server.sent] == [True, False]


async def test_what_a_refusal_carries(server: BotApiServer, http: aiohttp.ClientSession) -> None:
    server.strike_next("sendMessage", FaultKind.UPGRADED)
    assert (await sends(http))[1]["parameters"] == {"migrate_to_chat_id": MOVED_TO}
    server.strike_next("sendMessage", FaultKind.TOO_MANY)
    assert (await sends(http, chat=MOVED_TO))[1]["parameters"] == {"retry_after": 1}


async def test_a_chat_that_moves_twice(server: BotApiServer, http: aiohttp.ClientSession) -> None:
    person, chat = server.person(SANNE), SANNE
    for moved in (MOVED_TO, MOVED_TO - 1):
        server.strike_next("sendMessage", FaultKind.UPGRADED)
        assert (await sends(http, chat=chat))[1]["parameters"] == {"migrate_to_chat_id": moved}
        for old in (SANNE, chat):
            body = (await sends(http, chat=old))[1]
            assert body["parameters"] == {"migrate_to_chat_id": moved}
        assert (await sends(http, chat=moved))[1]["result"]["chat"]["id"] == moved
        chat = moved
    assert len(person.inbox) == 2
    assert {one.chat for one in server.sent} == {SANNE}
    person.types("hallo")
    async with http.get("getUpdates") as response:
        [update] = (await response.json())["result"]
    assert update["message"]["chat"]["id"] == chat and update["message"]["from"]["id"] == SANNE


@pytest.mark.parametrize("trouble", CLOSED)
async def test_no_answer_and_perhaps_a_message(
    server: BotApiServer, http: aiohttp.ClientSession, trouble: FaultKind
) -> None:
    server.strike_next("sendMessage", trouble)
    with pytest.raises((aiohttp.ServerDisconnectedError, TimeoutError)):
        await sends(http, seconds=0.5 if trouble is FaultKind.TOO_LATE else 5)
    await server.until(lambda: server.in_flight == 0)
    assert len(server.person(SANNE).inbox) == (trouble in ACCEPTED)
    [told] = server.sent
    assert (told.accepted is not None, told.answered) == (trouble in ACCEPTED, None)


async def test_a_page_where_json_should_be(
    server: BotApiServer, http: aiohttp.ClientSession
) -> None:
    server.strike_next("sendMessage", FaultKind.PAGE)
    status, body = await sends(http)
    assert status == 502 and body.startswith("<html>")
    assert server.person(SANNE).inbox == []


async def test_every_fault_at_random_and_the_log_knows(
    server: BotApiServer, http: aiohttp.ClientSession
) -> None:
    staying = [trouble for trouble in FaultKind if trouble is not FaultKind.UPGRADED]
    server.random_faults(1, {**dict.fromkeys(staying, 0.05), FaultKind.TOO_LATE: 0.02})
    for number in range(200):
        with suppress(aiohttp.ServerDisconnectedError, TimeoutError):
            await sends(http, number, seconds=0.5)
    assert {one.trouble for one in server.sent} == {None, *staying}
    done = [one.nudge for one in server.sent if one.trouble is None or one.trouble in ACCEPTED]
    assert [one.nudge for one in server.sent if one.accepted is not None] == done
    assert len(server.person(SANNE).inbox) == len(done)
    server.random_faults(1, {})
    assert (await sends(http))[0] == 200


def test_the_same_seed_is_the_same_weather() -> None:
    rates = {FaultKind.PAGE: 0.2, FaultKind.INTERNAL: 0.1}
    first, second, other = RandomFaults(1, rates), RandomFaults(1, rates), RandomFaults(2, rates)
    faults = [first.next() for _ in range(500)]
    assert faults == [second.next() for _ in range(500)]
    assert faults != [other.next() for _ in range(500)]
    struck = Counter(fault.trouble for fault in faults if fault)
    assert set(struck) == set(rates)
    assert 60 < struck[FaultKind.PAGE] < 140 and 20 < struck[FaultKind.INTERNAL] < 90


async def test_the_log_of_what_was_sent(server: BotApiServer, http: aiohttp.ClientSession) -> None:
    server.delay("sendMessage", 0.1)
    await asyncio.gather(*(sends(http, number) for number in range(1, 6)))
    await server.until(lambda: server.in_flight == 0)
    server.delay("sendMessage", 0)
    await sends(http)
    assert {one.nudge for one in server.sent} == {None, 1, 2, 3, 4, 5}
    for one in server.sent:
        assert one.chat == SANNE
        assert one.accepted is not None and one.answered is not None
        assert one.arrived <= one.accepted <= one.answered
    assert [one.in_flight for one in server.sent] == [1, 2, 3, 4, 5, 1]
    assert server.most_in_flight == 5


def passes(pace: SendRate, *messages: tuple[int, float]) -> list[int]:
    """For each message (its chat, its moment) the seconds to wait for; 0: it went through."""
    waits = []
    for chat, at in messages:
        try:
            pace.step(chat, at)
            waits.append(0)
        except ApiError as error:
            waits.append(error.parameters["retry_after"])
    return waits


def test_the_pace_over_all_chats() -> None:
    pace = SendRate(overall=3, per_chat=None)
    messages = [(7, 0.0), (8, 0.4), (9, 0.8), (7, 0.99), (7, 1.0), (8, 1.3), (8, 1.5), (9, 1.79)]
    assert passes(pace, *messages) == [0, 0, 0, 1, 0, 1, 0, 1]
    assert pace.refused == 3


def test_the_pace_within_a_chat() -> None:
    pace = SendRate(overall=3, per_chat=1)
    assert passes(pace, (7, 0.0), (7, 0.5), (8, 0.5), (7, 1.0), (9, 1.1), (8, 1.2)) == [
        0,
        1,
        0,
        0,
        0,
        1,
    ]
    assert pace.refused == 2
